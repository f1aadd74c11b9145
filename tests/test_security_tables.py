"""The tables of docs/security.md and docs/security-asvs.md: every requirement has its row, and every test that is named is there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
SUMMARY: Final = ROOT / "docs" / "security.md"
ASVS: Final = ROOT / "docs" / "security-asvs.md"

SECTIONS: Final = (
    "1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 "
    "5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 "
    "8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 "
    "12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 "
    "16.5:3 17.1:1 17.2:4 17.3:2"
)
"""Sections of ASVS 5.0.0, and how many requirements of levels 1 and 2 each has: its first ones, which are numbered from 1."""

WORDS: Final = {"held", "partly", "not held", "provider", "operator", "–"}


def rows() -> list[list[str]]:
    """Number, level, what it asks for, whether it is held, how, and by which tests it is shown."""
    lines = ASVS.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| V")]


def named(path: Path) -> set[str]:
    """The tests that a page names."""
    return set(re.findall(r"`(tests/[^`]*)`", path.read_text(encoding="utf-8")))


@cache
def defined_in(file: Path) -> frozenset[str]:
    """What a file defines."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    assigned = {
        target.id
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return frozenset(functions | assigned)


def test_every_requirement_of_levels_1_and_2_has_one_row_in_its_order() -> None:
    sections = [part.split(":") for part in SECTIONS.split()]
    wanted = [f"V{section}.{number}" for section, count in sections for number in range(1, int(count) + 1)]
    assert [row[0] for row in rows()] == wanted
    assert all(len(row) == 6 for row in rows())
    assert {row[1] for row in rows()} == {"1", "2"}


def test_every_row_says_whether_it_is_held_and_how_or_why_not() -> None:
    for number, _, asks, held, how, shown in rows():
        assert asks, number
        assert held in WORDS, number
        assert how or shown or held == "provider", number
        assert how or held not in ("partly", "not held", "operator", "–"), number


def test_the_summary_counts_what_the_rows_say_and_names_all_that_is_missing() -> None:
    counted = Counter(row[3] for row in rows())
    text = " ".join(SUMMARY.read_text(encoding="utf-8").split())
    assert f"Of the {len(rows())} requirements of" in text
    assert (
        f"{counted['held']} are held by the product, {counted['partly']} in part, and {counted['not held']} are not"
        in text
    )
    assert (
        f"{counted['provider']} are the identity provider's, {counted['operator']} the operator's, and {counted['–']} are about"
        in text
    )
    missing = {row[0] for row in rows() if row[3] in ("partly", "not held")}
    assert set(re.findall(r"V\d+\.\d+\.\d+", text)) == missing


@pytest.mark.parametrize("page", [SUMMARY, ASVS], ids=lambda page: page.name)
def test_every_test_that_is_named_is_there(page: Path) -> None:
    for name in named(page):
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert not test or test in defined_in(ROOT / path), name
    assert len(named(page)) > 20


def test_the_ten_risks_of_apis_have_a_row_each() -> None:
    text = SUMMARY.read_text(encoding="utf-8")
    assert re.findall(r"^\| API(\d+) ", text, re.MULTILINE) == [str(number) for number in range(1, 11)]
