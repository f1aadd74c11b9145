"""Every command of the pages for operations can be typed as it stands."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from embedded.temporal import server_program

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


OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
QUOTED = re.compile(r"""\"\$\(.*?\)\"|'[^']*'|\"[^\"]*\"""")


@cache
def options(*words: str) -> dict[str, bool]:
    """What a command of the CLI takes, and whether it has to be given."""
    done = subprocess.run([server_program(), *words], capture_output=True, text=True, check=True)
    lines = re.split(r"\n(?= +(?:-\w, +)?--)", done.stdout.partition("\nFlags:")[2] or done.stdout)
    return {option[0]: "Required." in line for line in lines if (option := OPTION.search(line))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_engine_has_options_that_its_cli_knows_and_all_that_it_wants(page: Path) -> None:
    for command in commands(page):
        _, *words = QUOTED.sub("QUOTED", command).split()
        first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
        known = options("options") | options(*words[:first], "--help")
        given = set(OPTION.findall(" ".join(words)))
        assert given <= known.keys(), command
        assert {option for option, is_wanted in known.items() if is_wanted} <= given, command
