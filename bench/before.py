"""The product of an earlier revision as a side: its code, its tables and demo data, its search attributes.

PostgreSQL, the engine and the installed packages are today's.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.sides import READY_SECONDS, ROOT, Product

_SEARCH_ATTRIBUTES = (
    "import json; from workflows.contracts import SEARCH_ATTRIBUTES; print(json.dumps(dict(SEARCH_ATTRIBUTES)))"
)
_PIN = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", re.MULTILINE)


class Before(Product):
    """The product as it was.

    Args:
        directory: see ``Side``.
        root: where the earlier revision is checked out.
    """

    name = "before"
    title = "before"

    def __init__(self, directory: Path, root: Path) -> None:
        attributes = json.loads(_output([sys.executable, "-c", _SEARCH_ATTRIBUTES], root))
        super().__init__(directory, search_attributes=attributes)
        self.root = root
        if not (root / "server.py").exists():
            self.server = ("-m", "api")

    async def fill_crm(self) -> None:
        """See ``Side``."""
        for command in ("migrate", "demo-data"):
            self.python(f"crm-{command}", ["-m", "crm", command], {}).run_to_end(READY_SECONDS)


def commit_of(revision: str, repository: Path = ROOT) -> str:
    """The short hash of a revision's commit.

    Raises:
        RuntimeError: there is none, or no git repository; the message is git's.
    """
    return _output(["git", "rev-parse", "--short", "--verify", f"{revision}^{{commit}}"], repository).strip()


@contextmanager
def checked_out(commit: str, folder: Path, repository: Path = ROOT) -> Iterator[Path]:
    """The repository as it was at a commit, in a folder that is removed afterwards.

    Args:
        commit: see ``commit_of``.
        folder: for the files; what an interrupted run left there is removed first.
        repository: any folder of it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Twice --force: git may still know the folder of an interrupted run, as one that it was about to fill.
    _output(["git", "worktree", "add", "--quiet", "--force", "--force", "--detach", str(folder), commit], repository)
    try:
        yield folder
    finally:
        _output(["git", "worktree", "remove", "--force", str(folder)], repository)


def other_packages(then: Path, now: Path = ROOT) -> dict[str, tuple[str, str]]:
    """Packages of which two checkouts lock different versions: the one then and the one now, a dash for none."""
    locked_then, locked_now = (_locked(root) for root in (then, now))
    return {
        name: (locked_then.get(name, "–"), locked_now.get(name, "–"))
        for name in sorted({*locked_then, *locked_now})
        if locked_then.get(name) != locked_now.get(name)
    }


def _locked(root: Path) -> dict[str, str]:
    return dict(_PIN.findall((root / "requirements.lock").read_text()))


def _output(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout
