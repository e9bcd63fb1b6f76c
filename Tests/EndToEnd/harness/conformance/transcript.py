"""The transcript language: see conformance/README.md. Parsing only; nothing here talks to anybody."""

import re
from dataclasses import dataclass, field

CASE = re.compile(r"== (?P<name>[a-z0-9-]+): (?P<says>\S.*)")
SETTING = re.compile(r"(?P<key>version\d*|gateway|own|only): ?(?P<value>.*)")
STEP = re.compile(r"(?P<verb>[a-z]+)(?P<number>\d*)(?P<way>[<>]?)(?:\s+(?P<rest>.*))?")
VERBS = {"client<", "client>", "nats<", "nats>", "http<", "http>", "connect", "connected", "refused", "disconnect",
         "serve", "answer", "unserve",
         "subscribe", "repeat", "differ", "quiet", "wait"}


class TranscriptError(Exception):
    """A transcript that is not of the language's form; says where."""


@dataclass
class Step:
    """One line, with the lines that are indented under it."""

    verb: str  # with the direction: `client<`
    number: str  # which client or HTTP request; empty for the first
    text: str
    line: int
    more: list = field(default_factory=list)

    @property
    def whole(self):
        """The text with its continuation lines, as one."""
        return " ".join([self.text, *self.more]).strip()

    @property
    def who(self):
        return self.number or "1"


@dataclass
class Case:
    name: str
    says: str
    file: str  # the file's name without its ending
    line: int
    settings: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)

    @property
    def id(self):
        return f"{self.file}/{self.name}"


def parse(text, file):
    """The cases of a file."""
    cases = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("=="):
            found = CASE.fullmatch(line.rstrip())
            if not found:
                raise TranscriptError(f"{file}:{number}: a case begins with `== name: what it shows`")
            cases.append(Case(found["name"], found["says"], file, number))
        elif not cases:
            raise TranscriptError(f"{file}:{number}: a step before the first case")
        elif line[0] in " \t":
            if not cases[-1].steps:
                raise TranscriptError(f"{file}:{number}: nothing that this line could continue")
            cases[-1].steps[-1].more.append(line.strip())
        elif (found := SETTING.fullmatch(line.rstrip())) and not cases[-1].steps:
            cases[-1].settings[found["key"]] = found["value"].strip()
        else:
            cases[-1].steps.append(_step(line.rstrip(), file, number))
    names = [case.name for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise TranscriptError(f"{file}: two cases are named {name}")
    return cases


def _step(line, file, number):
    found = STEP.fullmatch(line)
    if not found or found["verb"] + found["way"] not in VERBS:
        raise TranscriptError(f"{file}:{number}: no step of the language: {line}")
    return Step(found["verb"] + found["way"], found["number"], found["rest"] or "", number)


def with_own_names(case, text):
    """The text with the word `test` replaced, so that cases that run side by side do not meet."""
    return re.sub(r"\btest\b", "t-" + re.sub(r"[^a-z0-9]", "-", case.id), text)
