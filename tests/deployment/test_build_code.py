"""A build's identity is its workflow code: the same for the same code, another for another one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deployment.build_code import CODE, digest


@pytest.fixture
def copy(tmp_path: Path, repository: Path) -> Path:
    for part in CODE:
        copy = shutil.copytree if (repository / part).is_dir() else shutil.copy
        copy(repository / part, tmp_path / part)
    return tmp_path


def test_the_same_code_is_the_same_build_wherever_it_is_and_whatever_was_compiled_of_it(
    copy: Path, repository: Path
) -> None:
    (copy / "workflows" / "__pycache__").mkdir(exist_ok=True)
    (copy / "workflows" / "__pycache__" / "contracts.cpython-313.pyc").write_bytes(b"compiled")
    assert digest(copy) == digest(repository)


@pytest.mark.parametrize("package", [part for part in CODE if not part.endswith(".py")])
def test_a_changed_a_new_and_a_moved_file_are_another_build(copy: Path, package: str) -> None:
    seen = {digest(copy)}
    file = copy / package / "__init__.py"
    file.write_text(file.read_text() + "# another line\n")
    seen.add(digest(copy))
    (copy / package / "more.py").touch()
    seen.add(digest(copy))
    (copy / package / "more.py").rename(copy / package / "other.py")
    seen.add(digest(copy))
    (copy / "trace_context.py").write_text("# nothing\n")
    seen.add(digest(copy))
    assert len(seen) == 5


def test_workflows_are_made_of_nothing_else_of_ours(repository: Path) -> None:
    modules = sorted(
        f"workflows.{file.stem}" for file in (repository / "workflows").glob("*.py") if file.stem[0] != "_"
    )
    shown = (
        f"import sys, {', '.join(modules)}\n"
        "for module in list(sys.modules.values()):\n"
        "    if getattr(module, '__file__', None): print(module.__file__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", shown], cwd=repository, capture_output=True, text=True, check=True
    ).stdout
    libraries = {Path(place) for place in (sys.prefix, sys.base_prefix)} | {Path(sys.prefix).resolve()}
    files = [Path(line) for line in done.splitlines()]
    ours = [file for file in files if not any(file.is_relative_to(place) for place in libraries)]
    assert {file.relative_to(repository).parts[0] for file in ours} == set(CODE)
