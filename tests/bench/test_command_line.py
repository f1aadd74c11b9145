"""The benchmark's command line."""

from __future__ import annotations

import pytest

from bench.__main__ import main


@pytest.mark.parametrize(
    ("revision", "message"),
    [("", "BEFORE=<git revision>"), ("no-such-revision", "BEFORE=no-such-revision: fatal: Needed a single revision")],
)
def test_before_and_after_is_refused_without_a_revision_that_there_is(
    revision: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "before"])
    monkeypatch.setenv("BEFORE", revision)

    with pytest.raises(SystemExit):
        main()

    assert message in capsys.readouterr().err
