"""The image has all that API, worker and migrations import, and the lock file that it is made from has every package."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def copied() -> list[str]:
    """Files and folders that the image's second stage takes from here."""
    found: list[str] = []
    for line in DOCKERFILE.splitlines():
        if line.startswith("COPY ") and "--from" not in line and "requirements" not in line:
            found += line.split()[1:-1]
    return found


def imported_modules(source: Path) -> Iterator[str]:
    """Top-level names of what a Python file imports."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_what_is_copied_exists_and_docker_is_allowed_to_see_it() -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    for name in copied():
        assert (ROOT / name).exists(), name
        assert f"!{name}" in allowed


def test_it_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users == ["10001"]
    assert DOCKERFILE.index("USER 10001") < DOCKERFILE.index("\nCMD ")


def test_packages_come_from_the_lock_file_with_hashes() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert "--requirement /requirements.lock" in DOCKERFILE


@pytest.mark.parametrize(
    "root",
    ["server", "worker", "check", "company", "crm.__main__", "deployment.__main__", "purchase_approval_client.cli"],
)
def test_each_program_finds_all_its_modules_in_the_image(tmp_path: Path, root: str) -> None:
    for name in copied():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", f"import {root}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_package_that_is_imported_is_a_dependency_of_production() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    declared.add(canonicalize_name("pydantic-core"))  # a part of pydantic, which pins it
    distributions = importlib.metadata.packages_distributions()
    sources = [
        file for name in copied() for file in [ROOT / name, *(ROOT / name).rglob("*.py")] if file.suffix == ".py"
    ]
    for source in sources:
        for module in imported_modules(source):
            packages = {canonicalize_name(name) for name in distributions.get(module, [])}
            assert not packages or packages & declared, f"{source.relative_to(ROOT)} imports {module}"
