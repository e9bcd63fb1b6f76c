"""Collects transcripts: each case of a `.res` file is a test, played on `resdev gateway`, and, where it needs no options, a
second one on `resdev serve`. All that are selected are played side by side."""

import traceback

import pytest

from harness.conformance.stage import Stage
from harness.conformance.transcript import TranscriptError, parse


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".res":
        return Transcripts.from_parent(parent, path=file_path)
    return None


class Transcripts(pytest.File):
    def collect(self):
        try:
            cases = parse(self.path.read_text(), self.path.stem)
        except TranscriptError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            yield TranscriptItem.from_parent(self, name=case.name, case=case, role="gateway")
            if not {"gateway", "own", "only"} & set(case.settings):
                yield TranscriptItem.from_parent(self, name=f"{case.name}[serve]", case=case, role="serve")


class TranscriptItem(pytest.Item):
    def __init__(self, *, case, role, **rest):
        super().__init__(**rest)
        self.case = case
        self.role = role
        self.add_marker(pytest.mark.timeout(300))

    def runtest(self):
        result = played(self.session, self.config)[self.case.id, self.role]
        if result is not None:
            raise Failed(result)

    def repr_failure(self, info, style=None):
        return str(info.value) if isinstance(info.value, Failed) else super().repr_failure(info, style)

    def reportinfo(self):
        return self.path, self.case.line - 1, f"{self.case.id} on {self.role}: {self.case.says}"


class Failed(AssertionError):
    """A transcript that did not hold."""


RESULTS = pytest.StashKey()


def played(session, config):
    """What became of each selected transcript; the first that asks has all of them played."""
    if RESULTS not in session.stash:
        stage = Stage(config._tmp_path_factory.mktemp("conformance"))
        plays = [(item.case, item.role) for item in session.items if isinstance(item, TranscriptItem)]
        try:
            stage.run(plays)
            session.stash[RESULTS] = stage.results
        except Exception:
            # What keeps all of them from being played is told by each, and not tried again.
            problem = traceback.format_exc()
            session.stash[RESULTS] = {(case.id, role): problem for case, role in plays}
    return session.stash[RESULTS]
