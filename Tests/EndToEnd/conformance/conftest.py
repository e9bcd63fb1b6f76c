"""Collects transcripts: each case of a `.res` file is a test. All that are selected are played side by side."""

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
            yield TranscriptItem.from_parent(self, name=case.name, case=case)


class TranscriptItem(pytest.Item):
    def __init__(self, *, case, **rest):
        super().__init__(**rest)
        self.case = case
        self.add_marker(pytest.mark.timeout(300))

    def runtest(self):
        results = played(self.session, self.config)
        if results[self.case.id] is not None:
            raise Failed(results[self.case.id])

    def repr_failure(self, info, style=None):
        return str(info.value) if isinstance(info.value, Failed) else super().repr_failure(info, style)

    def reportinfo(self):
        return self.path, self.case.line - 1, f"{self.case.id}: {self.case.says}"


class Failed(AssertionError):
    """A transcript that did not hold."""


RESULTS = pytest.StashKey()


def played(session, config):
    """What became of each selected transcript; the first that asks has all of them played."""
    if RESULTS not in session.stash:
        stage = Stage(config._tmp_path_factory.mktemp("conformance"))
        stage.run([item.case for item in session.items if isinstance(item, TranscriptItem)])
        session.stash[RESULTS] = stage.results
    return session.stash[RESULTS]
