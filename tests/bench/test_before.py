"""An earlier revision as a side: what runs is its own code, and nothing of it stays."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.before import Before, checked_out, commit_of, other_packages


def _git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two commits of one file."""
    folder = tmp_path / "repository"
    folder.mkdir()
    _git(folder, "init", "--quiet")
    for text in ("then", "now"):
        (folder / "file").write_text(text)
        _git(folder, "add", "file")
        _git(folder, "commit", "--quiet", "--message", text)
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The least of an earlier revision; its ``python -m crm`` writes down what it is asked for, and where."""
    files = {
        "workflows/contracts.py": "SEARCH_ATTRIBUTES = {'AsItWas': 'Keyword'}",
        "crm/__main__.py": "import os, sys; open('asked', 'a').write(f'{sys.argv[1]} {os.environ[\"DATABASE_URL\"]}\\n')",
    }
    for name, text in files.items():
        (tmp_path / "checkout" / name).parent.mkdir(parents=True)
        (tmp_path / "checkout" / name).write_text(text)
    return tmp_path / "checkout"


def test_an_earlier_revision_is_there_while_it_is_needed(repository: Path, tmp_path: Path) -> None:
    commit = commit_of("HEAD~1", repository)

    with checked_out(commit, tmp_path / "stores" / "earlier", repository) as root:
        assert (root / "file").read_text() == "then"

    assert (repository / "file").read_text() == "now"
    assert not root.exists()
    assert len(_git(repository, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("files_stay", [True, False])
def test_what_an_interrupted_run_left_is_in_nobodys_way(repository: Path, tmp_path: Path, files_stay: bool) -> None:
    folder = tmp_path / "earlier"
    _git(repository, "worktree", "add", "--detach", str(folder), "HEAD")
    _git(repository, "worktree", "lock", str(folder))
    if not files_stay:
        folder.rename(tmp_path / "elsewhere")

    with checked_out(commit_of("HEAD~1", repository), folder, repository) as root:
        assert (root / "file").read_text() == "then"


def test_a_revision_that_there_is_not_is_refused_in_gits_words(repository: Path) -> None:
    with pytest.raises(RuntimeError, match="Needed a single revision"):
        commit_of("HEAD~2", repository)


def test_packages_that_are_locked_otherwise_are_named(tmp_path: Path) -> None:
    for name, text in {
        "then": "same==1.0 \\\n    --hash=sha256:1\nolder[extra]==1.0 ; python_version >= '3' \\\ngone==2.0\n",
        "now": "same==1.0 \\\n    --hash=sha256:2\nolder[extra]==1.1 ; python_version >= '3' \\\nnew==3.0\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "requirements.lock").write_text(text)

    assert other_packages(tmp_path / "then", tmp_path / "now") == {
        "gone": ("2.0", "–"),
        "new": ("–", "3.0"),
        "older": ("1.0", "1.1"),
    }


async def test_an_earlier_revision_fills_its_crm_itself(checkout: Path, tmp_path: Path) -> None:
    side = Before(tmp_path / "before", checkout)
    side.database_url = "postgresql://its-own"

    await side.fill_crm()

    assert (checkout / "asked").read_text().splitlines() == [
        "migrate postgresql://its-own",
        "demo-data postgresql://its-own",
    ]


def test_the_engine_of_an_earlier_revision_has_its_search_attributes(checkout: Path, tmp_path: Path) -> None:
    command = list(Before(tmp_path / "before", checkout).temporal.process.command)

    assert [command[index + 1] for index, part in enumerate(command) if part == "--search-attribute"] == [
        "AsItWas=Keyword"
    ]


def test_an_earlier_revision_is_served_by_the_program_that_it_has(checkout: Path, tmp_path: Path) -> None:
    assert Before(tmp_path / "before", checkout).server == ("-m", "api")

    (checkout / "server.py").touch()
    assert Before(tmp_path / "before", checkout).server == ("server.py",)
