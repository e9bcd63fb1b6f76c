"""The list of what the specifications say, and the transcripts that show it."""

import re
from pathlib import Path

from harness.conformance.transcript import parse
from harness.process import ROOT

FOLDER = Path(__file__).parent


def transcripts():
    return {case.id for path in FOLDER.glob("*.res") for case in parse(path.read_text(), path.stem)}


def test_the_list_names_every_transcript_and_no_other():
    listed = set(re.findall(r"`([a-z-]+/[a-z0-9-]+)`", (ROOT / "docs/conformance.md").read_text()))
    assert listed - transcripts() == set()
    assert transcripts() - listed == set()


def test_every_statement_is_shown_by_a_transcript():
    for number, line in enumerate((ROOT / "docs/conformance.md").read_text().split("## Where")[0].splitlines(), 1):
        if line.startswith("- "):
            assert re.search(r"`[a-z-]+/[a-z0-9-]+`", line), f"line {number}: {line}"
