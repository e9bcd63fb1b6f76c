"""What the program says of its commands, and what docs/commands.md says."""

import json
import re


def described(dump):
    """The commands by name, as `--experimental-dump-help` tells them."""
    return {command["commandName"]: command for command in json.loads(dump)["command"]["subcommands"]}


def signature(argument):
    """An argument as the help writes it: `-s, --nats <url>`."""
    value = f"<{argument['valueName']}>".replace("|", "\\|")
    if argument["kind"] == "positional":
        return value + (" ..." if argument["isRepeating"] else "")
    names = sorted(argument["names"], key=lambda name: len(name["name"]) > 1)
    text = ", ".join(("-" if name["kind"] == "short" else "--") + name["name"] for name in names)
    return text if argument["kind"] == "flag" else f"{text} {value}"


def rows(command, is_shown=lambda title: True):
    """Signatures and meanings of a command's arguments, but for those that all have."""
    found = {}
    for argument in command.get("arguments", []):
        if argument["shouldDisplay"] and argument["valueName"] not in ("help", "version") and is_shown(argument.get("sectionTitle")):
            meaning = argument.get("abstract", "").replace("|", "\\|")
            notes = []
            if values := argument.get("allValues"):
                notes.append("values: " + ", ".join(values))
            if argument.get("defaultValue") is not None and argument["kind"] != "flag":
                notes.append(f"default: {argument['defaultValue']}")
            found[signature(argument)] = meaning + (f" ({'; '.join(notes)})" if notes else "")
    return found


class Page:
    """docs/commands.md: of each section its table, and the sections that it refers to."""

    def __init__(self, path):
        self.sections = {}
        for part in re.split(r"^#{2,3} ", path.read_text(), flags=re.MULTILINE)[1:]:
            title, _, text = part.partition("\n")
            self.sections[title.strip().lower().replace(" ", "-")] = text

    def rows(self, name):
        """Signatures and meanings in a section and those behind its `Also:`."""
        text = self.sections[name]
        found = dict(re.findall(r"^\| `((?:-|<)[^`]+)` \| (.*) \|$", text, re.MULTILINE))
        also = re.search(r"^Also: .*?\n\n", text, re.MULTILINE | re.DOTALL)
        for other in re.findall(r"\(#([\w-]+)\)", also[0]) if also else []:
            found |= self.rows(other)
        return found

    def commands(self):
        return {name.removeprefix("resdev-") for name in self.sections if name.startswith("resdev-")}
