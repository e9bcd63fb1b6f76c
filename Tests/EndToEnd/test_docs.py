"""What README and docs/ say is so: commands, options, examples, links."""

import asyncio
import re

import pytest

from harness.commands import Page, described, rows
from harness.markdown import Reader, blocks
from harness.process import ROOT, binary, run

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("examples/*/README.md"), *ROOT.glob("sample-data/*.md")])


@pytest.fixture
def reader(tmp_path, resources):
    """A reader in a directory that has what a checkout has."""
    for name in ("sample-data", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".build").mkdir()
    (tmp_path / ".build/resdev").symlink_to(binary())
    reader = Reader(tmp_path)
    resources.push_async_callback(reader.close)
    return reader


async def test_commands_md_has_the_commands_and_their_options_as_help_has_them():
    page = Page(DOCS / "commands.md")
    commands = described((await run("--experimental-dump-help")).stdout)
    assert page.commands() == set(commands) - {"help"}
    for name in page.commands() - {"broker"}:
        told, known = page.rows(f"resdev-{name}"), rows(commands[name])
        assert set(told) == set(known), f"the table of 'resdev {name}' in docs/commands.md"
        assert all(told.values()), f"an option of 'resdev {name}' without a meaning"


async def test_commands_md_has_the_flags_of_the_broker():
    flag = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
    told = set(flag.findall(Page(DOCS / "commands.md").sections["resdev-broker"].split("```")[2]))
    usage = (await run("broker", "--help")).stdout
    known = {word for line in usage.splitlines() if re.match(r" +-", line) for word in flag.findall(line.split("  Port for")[0])}
    assert told == known - {"-1"}


@pytest.mark.timeout(60)
async def test_the_examples_of_mapping_md_answer_as_it_says(reader):
    for block in blocks(DOCS / "mapping.md"):
        await reader.follow(block)


async def test_the_commands_of_the_README_work(reader):
    shell = [block for block in blocks(ROOT / "README.md") if "scripts/run" not in block.text and not block.language]
    await reader.start("resdev serve sample-data/library.sql\n", "server")
    for line in "".join(block.text for block in shell).splitlines():
        if line.startswith("curl"):
            assert '"code"' not in await reader.run(line + "\n"), line
        elif line.startswith(".build/resdev"):
            await follows(reader, line)
        else:
            assert re.match(r"resdev \d|  (HTTP|http:|…)", line), line
    assert sum(len(block.text.splitlines()) for block in shell) > 8


async def follows(reader, command):
    """Starts what shows changes until it is stopped, and makes changes until it shows one."""
    await reader.start(f"echo started\nexec {command}\n", "watcher")
    for number in range(100):
        await reader.run(f"curl -X PATCH localhost:8080/api/library/books/42 -d '{{\"title\":\"{number}\"}}'\n")
        if "change" in reader.logs():
            break
        await asyncio.sleep(0.05)
    assert "change" in reader.logs(), command
    await reader.stop("watcher")


def test_the_README_is_short_and_its_pictures_are_small():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 70
    pictures = re.findall(r"docs/pictures/[\w.-]+", text)
    assert pictures and all((ROOT / picture).stat().st_size < 150_000 for picture in pictures)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        name, _, anchor = target.partition("#")
        other = page.parent / name if name else page
        assert other.exists(), f"{target} is not there"
        if anchor:
            titles = re.findall(r"^#+ (.*)$", other.read_text(), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
            assert anchor in anchors, f"{target}: there is no such heading"
