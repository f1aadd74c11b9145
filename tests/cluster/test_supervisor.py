"""The order in which Temporal's processes start: real PostgreSQL, small programs in their place."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import asyncpg
import pytest

from cluster.configuration import ROLES
from cluster.programs import NAMES, Programs, modules
from cluster.rendering import render
from cluster.supervisor import Cluster
from tests.cluster.test_configuration import configured

Journal = Callable[[], list[tuple[str, str]]]

STAND_IN = Path(__file__).parent / "stand_ins" / "temporal-server"


class Silent:
    """Progress that nobody looks at."""

    def report(self, text: str) -> None:
        """See ``Progress``."""

    def step(self, title: str) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """What the stand-ins did, in order."""
    file = tmp_path / "journal"
    monkeypatch.setenv("STAND_IN_JOURNAL", str(file))

    def read() -> list[tuple[str, str]]:
        return [(line["role"], line["what"]) for line in map(json.loads, file.read_text().splitlines())]

    return read


@pytest.fixture
def ends() -> str:
    """The role whose process ends the first time that it is started."""
    return ""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: Journal, ends: str) -> Iterator[Cluster]:
    """A cluster whose database runs and has the table in which Temporal says what a cluster is."""
    monkeypatch.setenv("STAND_IN_ENDS", ends)
    programs = Programs(tmp_path / "programs")
    bin_ = tmp_path / "programs" / "bin"
    bin_.mkdir(parents=True)
    for name in (*NAMES, "haproxy"):
        program = bin_ / name
        program.write_text(STAND_IN.read_text().replace("/usr/bin/env python3", sys.executable, 1))
        shutil.copymode(STAND_IN, program)
    (tmp_path / "programs" / "built-from").write_text(modules())
    monkeypatch.setenv("PATH", str(bin_), prepend=":")
    configuration = configured(tmp_path)
    configuration.prepare()
    cluster = Cluster(configuration, Silent(), programs)
    render(configuration, cluster.postgres.socket_directory)
    cluster.postgres.start()
    cluster.postgres.create_database("temporal")
    tell(cluster, "CREATE TABLE cluster_metadata_info (cluster_name text)")
    try:
        yield cluster
    finally:
        cluster.stop()


def tell(cluster: Cluster, statement: str) -> None:
    async def do() -> None:
        connection = await asyncpg.connect(cluster.postgres.uri("temporal"))
        await connection.execute(statement)
        await connection.close()

    asyncio.run(do())


def test_on_an_empty_store_one_starts_after_the_other(cluster: Cluster, journal: Journal) -> None:
    cluster.bring_up_members()
    assert journal() == [(role, what) for role in ROLES for what in ("begins", "ready")]


def test_on_a_store_of_theirs_all_start_at_once(cluster: Cluster, journal: Journal) -> None:
    tell(cluster, "INSERT INTO cluster_metadata_info VALUES ('active')")
    cluster.bring_up_members()
    seen = journal()
    assert {what for _, what in seen[:4]} == {"begins"}
    assert {role for role, what in seen if what == "ready"} == set(ROLES)


@pytest.mark.parametrize("ends", ["matching"])
def test_one_that_ends_while_all_start_is_started_again(cluster: Cluster, journal: Journal) -> None:
    tell(cluster, "INSERT INTO cluster_metadata_info VALUES ('active')")
    cluster.bring_up_members()
    assert journal().count(("matching", "begins")) == 2
    assert ("matching", "ready") in journal()


def test_all_leave_together_and_leave_nothing_behind(cluster: Cluster) -> None:
    cluster.bring_up_members()
    remembered = cluster.configuration.pids
    assert len(list(remembered.glob("temporal-*.pid"))) == len(ROLES)
    cluster.stop()
    assert not list(remembered.iterdir())
