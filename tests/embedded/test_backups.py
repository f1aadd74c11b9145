"""A backup that is taken while people work is restored elsewhere, checked, and gone on with; one that is damaged is refused."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from embedded.backups import BackupError, backups_in, make_backup, read_manifest, restore_backup
from embedded.configuration import PORT_VARIABLES, Configuration
from tests.clients import ApiClient
from tests.embedded.running import ROOT, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KEYS = f"2026-11:{'p' * 40}"


@dataclass(frozen=True)
class Company:
    """A system on which people worked, a backup from the midst of it, and what there was then."""

    data: Path
    backup: Path
    open: Any
    """A request that waited on the manager when the backup was taken, and was decided on after it."""
    later: Any
    """A request that was made after it."""


def command(module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``python -m embedded.<module>``, as make runs it."""
    return subprocess.run(
        [sys.executable, "-m", f"embedded.{module}", *arguments],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(PORT_VARIABLES, "0"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    """What the engine keeps is encrypted there."""
    data, backups = tmp_path_factory.mktemp("company") / "data", tmp_path_factory.mktemp("backups") / "all"
    with running(ROOT, data, PAYLOAD_KEYS=KEYS) as system:
        async with httpx.AsyncClient(base_url=system.api_url, timeout=30, trust_env=False) as http:
            sales, manager = await ApiClient.signed_in(http, "sales1"), await ApiClient.signed_in(http, "manager1")
            waiting = await sales.create(send={})
            await sales.create()
            done = command("backup", str(backups), DATA_DIR=str(data))
            assert done.returncode == 0, done.stderr
            await manager.done(waiting["id"], "approve", {"step": "manager"})
            later = await sales.create(send={})
        (backup,) = backups_in(backups)
        assert str(backup) in done.stdout
        yield Company(data, backup, waiting, later)


def place(directory: Path) -> Configuration:
    ports = dict.fromkeys(PORT_VARIABLES, "0")
    configuration = Configuration.from_environment({**ports, "DATA_DIR": str(directory / "data")})
    configuration.prepare()
    return configuration


def test_a_backup_is_for_its_owner_alone_and_lists_what_is_in_it(company: Company) -> None:
    assert stat.S_IMODE(company.backup.stat().st_mode) == 0o700
    manifest = read_manifest(company.backup)
    assert {file.name for file in company.backup.iterdir()} == {*manifest.files, "manifest.json"}
    assert {stat.S_IMODE((company.backup / name).stat().st_mode) for name in manifest.files} == {0o600}
    assert manifest.rows["purchase_requests"] == 2
    assert manifest.rows["runs"] == 1
    assert manifest.schema_version == max(
        path.name.partition("_")[0] for path in (ROOT / "crm" / "migrations").glob("*.sql")
    )


def test_a_drill_restores_it_elsewhere_decides_there_and_touches_nothing_else(company: Company) -> None:
    before = {path.name for path in company.backup.parent.iterdir()}
    done = command("drill", str(company.backup), DATA_DIR=str(company.data), PAYLOAD_KEYS=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert all(line.startswith("✓ ") for line in lines), done.stdout
    assert f"decided: {company.open['number']}, manager1, step manager" in done.stdout
    assert "checked again: Nothing differs." in done.stdout
    assert {path.name for path in company.backup.parent.iterdir()} == before
    assert [path for path in Path(company.data).parent.iterdir() if path.is_dir()] == [company.data]


def test_a_drill_that_cannot_read_what_the_engine_keeps_fails(company: Company) -> None:
    done = command("drill", str(company.backup), DATA_DIR=str(company.data), PAYLOAD_KEYS=f"other:{'x' * 40}")
    assert done.returncode == 1, done.stdout
    assert "Are PAYLOAD_KEYS those of the backup?" in done.stderr


async def test_people_go_on_where_it_was_restored_with_what_there_was_then(company: Company, tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = command("restore", str(company.backup), DATA_DIR=str(data), PAYLOAD_KEYS=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "are left out" in done.stdout, "numbers of drafts that the backup does not know are not given again"
    with running(ROOT, data, PAYLOAD_KEYS=KEYS) as system:
        async with httpx.AsyncClient(base_url=system.api_url, timeout=30, trust_env=False) as http:
            sales, manager = await ApiClient.signed_in(http, "sales1"), await ApiClient.signed_in(http, "manager1")
            assert (await sales.request(company.open["id"]))["run"]["step"]["key"] == "manager"
            assert (await sales.call("GET", f"/purchase-requests/{company.later['id']}")).status_code == 404
            approved = await manager.done(company.open["id"], "approve", {"step": "manager"})
            assert approved["run"]["step"]["key"] == "director"
            assert (await sales.create())["number"] > company.later["number"]


def test_nothing_is_overwritten(company: Company) -> None:
    done = command("restore", str(company.backup), DATA_DIR=str(company.data))
    assert done.returncode == 1
    assert "nothing is overwritten: move it away first" in done.stderr


@pytest.mark.parametrize("name", ["temporal.db", "crm.dump", "secrets.json", "manifest.json"])
@pytest.mark.parametrize("how", ["changed", "missing"])
def test_a_backup_that_is_not_as_it_was_written_is_refused(
    company: Company, tmp_path: Path, name: str, how: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(company.backup, copy)
    if how == "missing":
        (copy / name).unlink()
    else:
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).write_bytes(content)
        if name == "manifest.json":
            (copy / name).write_text("{}")
    with pytest.raises(BackupError, match=r"is not as it was written|is no backup"):
        restore_backup(copy, place(tmp_path))
    assert not (tmp_path / "data" / "postgres").exists()


def test_one_that_has_other_rows_than_it_says_is_noticed(company: Company, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(company.backup, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["rows"]["purchase_requests"] += 1
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BackupError, match="has other rows than the backup"):
        restore_backup(copy, place(tmp_path))


def test_so_many_stay_and_what_is_no_finished_backup_is_left_alone(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a system that does not run, too."""
    configuration = place(tmp_path)
    restore_backup(company.backup, configuration)
    into = tmp_path / "backups"
    (into / "notes").mkdir(parents=True)
    made = []
    for second in range(3):
        monkeypatch.setattr("embedded.backups._NAME", f"20261129T03000{second}Z")
        made.append(make_backup(configuration, into, keep=2)[0])
    assert backups_in(into) == made[1:]
    assert {path.name for path in into.iterdir()} == {"notes", *(path.name for path in made[1:])}
    assert read_manifest(made[-1]).rows == read_manifest(company.backup).rows


def test_without_anything_to_back_up_it_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    done = command("backup", str(tmp_path / "backups"), DATA_DIR=str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "there is nothing in" in done.stderr
    assert not (tmp_path / "backups").exists()
