"""In which form an answer is given: the one that is liked best."""

from __future__ import annotations

import pytest

from api.accepting import negotiated
from application.table_files import FileKind

JSON, CSV, EXCEL = FileKind


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ([], JSON),
        ([""], JSON),
        (["*/*"], JSON),
        (["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], JSON),  # a browser
        (["text/csv"], CSV),
        (["TEXT/CSV; charset=utf-8"], CSV),
        (["text/*"], CSV),
        ([EXCEL], EXCEL),
        (["text/csv, application/json"], CSV),
        (["application/json, text/csv"], JSON),
        (["*/*, text/csv"], CSV),
        (["application/json;q=0.5, text/csv;q=0.4"], JSON),
        (["application/json;q=0.5", "text/csv;q=0.6"], CSV),
        (["*/*;q=0.1, application/json;q=0"], CSV),
        (["application/*"], JSON),
        (["application/json;q=0"], None),
        (["application/pdf"], None),
        (["text/csv;q=0, text/*;q=0"], None),
        (["csv"], JSON),  # says nothing that could be held against it
        (["a/" * 30_000 + " b"], JSON),  # nor does this, however long it is looked at
        (["text/csv" + " " * 60_000 + "b"], CSV),
    ],
)
def test_the_kind_that_is_liked_best(accept: list[str], kind: FileKind | None) -> None:
    assert negotiated(accept) is kind
