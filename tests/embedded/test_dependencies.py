"""The lock files can be installed anywhere with pip alone, and say where nothing comes from."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements-dev.lock")


def locked(name: str) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.removesuffix(" \\"))
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def wanted(lock: str) -> list[Requirement]:
    lines = list(PROJECT["project"]["dependencies"])
    if lock == "requirements-dev.lock":
        for group in PROJECT["dependency-groups"].values():
            lines += [line for line in group if isinstance(line, str)]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked_within_its_range(lock: str) -> None:
    versions = locked(lock)
    for requirement in wanted(lock):
        for pinned in versions[canonicalize_name(requirement.name)]:
            version = next(iter(pinned.specifier)).version
            assert requirement.specifier.contains(version), f"{requirement} but {version}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_to_one_version_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    for package in re.split(r"\n(?=\S)", text):
        assert re.match(r"[a-z0-9._\[\],-]+==\S+", package), package[:80]
        assert "--hash=sha256:" in package, package[:80]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_file_names_an_address(lock: str) -> None:
    assert not re.search(r"https?://|--index-url|--find-links|file:", (ROOT / lock).read_text())


def test_tests_run_on_the_versions_that_production_has() -> None:
    production, development = locked("requirements.lock"), locked("requirements-dev.lock")
    for name, pins in production.items():
        assert {str(pin.specifier) for pin in pins} == {str(pin.specifier) for pin in development[name]}, name
