"""Every command of the pages for operations can be typed as it stands."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
COMMAND = re.compile(r"temporal (?:workflow|schedule|operator|task-queue|batch|activity|worker|query|trace)\b[^`]*")
NAMESPACE = re.compile(r"--namespace \S+")
OF_NO_NAMESPACE = ("temporal operator cluster",)


def commands(page: Path) -> Iterator[str]:
    """The commands of Temporal's CLI on a page, each on one line."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    code = re.findall(r"```.*?```", text, re.DOTALL)
    spans = re.findall(r"`[^`]+`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in "\n".join(code).splitlines() + [" ".join(span.split()) for span in spans]:
        yield from COMMAND.findall(line)


def test_there_are_such_commands() -> None:
    assert len(list(commands(ROOT / "docs" / "operations.md"))) >= 8


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_engine_says_in_which_namespace(page: Path) -> None:
    for command in commands(page):
        assert command.startswith(OF_NO_NAMESPACE) or NAMESPACE.search(command), command
