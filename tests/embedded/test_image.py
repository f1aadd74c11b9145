"""The image has all that API, worker and migrations import, and they import nothing that only development installs."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()

DISTRIBUTIONS = importlib.metadata.packages_distributions()


def packages(module: str) -> set[str]:
    """The packages that a top-level module comes from; none for Python's own and for ours."""
    return {canonicalize_name(name) for name in DISTRIBUTIONS.get(module, [])}


def locked() -> set[str]:
    """What production installs; and setuptools, which older Pythons load into every virtual environment."""
    lock = (ROOT / "requirements.lock").read_text()
    return {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)} | {"setuptools"}


def copied() -> list[str]:
    """Files and folders that the image's second stage takes from here."""
    found: list[str] = []
    for line in DOCKERFILE.splitlines():
        if line.startswith("COPY ") and "--from" not in line and "requirements" not in line:
            found += line.split()[1:-1]
    return found


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


@pytest.mark.parametrize("root", ["api.main", "worker", "crm.__main__"])
def test_each_program_finds_all_its_modules_in_the_image(tmp_path: Path, root: str) -> None:
    for name in copied():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    program = f"import {root}, sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {package for module in done.stdout.split() for package in packages(module)} <= locked()
