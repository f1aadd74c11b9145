"""The generated code is what the generator makes of today's document, and the client is a package that stands alone."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CLIENT = "purchase_approval_client"


def test_the_generated_code_is_up_to_date(repository: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "scripts.client_code", "--check"], cwd=repository, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_client_imports_nothing_but_what_it_says_it_needs(repository: Path) -> None:
    project = tomllib.loads((repository / CLIENT / "pyproject.toml").read_text())["project"]
    allowed = {requirement.split(">")[0].replace("attrs", "attr") for requirement in project["dependencies"]}
    allowed |= {"attrs", CLIENT} | set(sys.stdlib_module_names)
    for file in (repository / CLIENT).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            assert {name.split(".")[0] for name in names} <= allowed, file


@pytest.mark.slow
def test_the_client_is_a_package_that_works_anywhere(repository: Path, tmp_path: Path) -> None:
    pip, installed = [sys.executable, "-m", "pip"], tmp_path / "installed"
    quietly = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-build-isolation", *quietly, "--wheel-dir", str(tmp_path), str(repository / CLIENT)]
    subprocess.run([*pip, *build], check=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([*pip, "install", *quietly, "--target", installed, wheel], check=True, cwd=tmp_path)
    assert (installed / CLIENT / "py.typed").exists()
    assert not (installed / CLIENT / "pyproject.toml").exists()
    told = subprocess.run(
        [installed / "bin" / "purchase-approval", "--help", "--language", "en"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "approve a step" in told
