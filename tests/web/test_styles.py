"""What pages look like is written down: each class in a template has a rule in a style sheet."""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path("web/static")

# Found by scripts and tests; what is not named here and has no rule is a slip, or was left out by scripts/vendor.
WITHOUT_RULES = {
    "acting-for",
    "comment-form",
    "files",
    "matrix-upload",
    "matrix-wrong",
    "notice-list",
    "start-card",
    "supplier",
    "talk",
    "watch-form",
    "with-changes",
}


def _classes(template: str) -> set[str]:
    """The classes that a template names as they are; what it puts together while it runs is not among them."""
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|[\w-]*\{\{.*?\}\}[\w-]*", " ", template, flags=re.DOTALL)
    return set(" ".join(re.findall(r'class="([^"]*)"', bare)).split())


def test_every_class_has_a_rule() -> None:
    rules = "".join(sheet.read_text() for sheet in STATIC.rglob("*.css"))
    ruled = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", rules))
    named = {name for page in Path("web/templates").rglob("*.html") for name in _classes(page.read_text())}
    assert len(named) > 100
    assert named - ruled - WITHOUT_RULES == set(), "run scripts/vendor, if these are Tabler's"
    assert WITHOUT_RULES - named == set()
