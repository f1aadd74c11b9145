"""Both places for files keep the same promises: what was written is read from anywhere in it, and is gone when it was deleted."""

from __future__ import annotations

import io
import os
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from application.attachments.in_database import DatabaseStorage
from application.attachments.in_s3 import S3Storage
from application.attachments.places import storages
from application.attachments.storage import PIECE, Storage, StorageUnavailableError
from application.attachments.upkeep import AttachmentUpkeep
from crm.pool import Pool
from crm.stored_files import Place, StoredFile, register
from embedded.processes import free_port
from embedded.temporal import TemporalServer
from settings import Settings
from tests.api.attaching import attach, path_of, upload
from tests.conftest import SignIn
from tests.files import PDF

BUCKET = "attachments"
URL = f"s3://{BUCKET}/crm/attachments"


@pytest.fixture(scope="module")
def s3(monkeypatch_module: pytest.MonkeyPatch) -> Iterator[ThreadedMotoServer]:
    """An S3 storage on this machine, with a bucket; where it is stands in the environment, as for every client."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch_module.setenv(name, value)
    made = urllib.request.Request(f"http://{host}:{port}/{BUCKET}", method="PUT")
    urllib.request.urlopen(made).close()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer, s3: ThreadedMotoServer) -> Settings:
    """Those of all tests, with files in S3."""
    return Settings.model_validate({"database_url": database_url, "demo_mode": True, "attachments_url": URL})


@pytest_asyncio.fixture(params=[Place.DATABASE, Place.S3])
async def storage(request: Any, pool: Pool, s3: ThreadedMotoServer) -> Storage:
    """Each of them."""
    return storages(pool, URL if request.param is Place.S3 else "").new


async def registered(pool: Pool, storage: Storage) -> UUID:
    """The id of a new file."""
    file_id = uuid4()
    async with pool.acquire() as connection:
        await register(connection, StoredFile(id=file_id, place=storage.place))
    return file_id


async def read(storage: Storage, file_id: UUID, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in storage.read(file_id, start, end)])


DATA = os.urandom(3 * PIECE * 4 + 17)


async def test_what_was_written_is_read_from_anywhere_in_it(storage: Storage, pool: Pool) -> None:
    file_id = await registered(pool, storage)
    file = io.BytesIO(DATA)
    await storage.write(file_id, file)
    places = (0, 1, PIECE - 1, PIECE, PIECE + 1, 4 * PIECE, len(DATA) - 1, len(DATA))
    for start in places:
        for end in places:
            if start < end:
                assert await read(storage, file_id, start, end) == DATA[start:end], (start, end)
    async for piece in storage.read(file_id, 0, len(DATA)):
        assert len(piece) <= 4 * PIECE, "it comes a little at a time"


async def test_writing_the_same_again_changes_nothing(storage: Storage, pool: Pool) -> None:
    file_id = await registered(pool, storage)
    for _ in range(2):
        await storage.write(file_id, io.BytesIO(DATA))
    assert await read(storage, file_id, 0, len(DATA)) == DATA


async def test_what_was_deleted_is_gone_and_can_be_deleted_again(storage: Storage, pool: Pool) -> None:
    file_id = await registered(pool, storage)
    await storage.write(file_id, io.BytesIO(DATA))
    for _ in range(2):
        await storage.delete(file_id)
    with pytest.raises(StorageUnavailableError):
        await read(storage, file_id, 0, 10)


async def test_a_storage_that_is_away_or_has_no_such_bucket_is_said_to_be(
    pool: Pool, s3: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = S3Storage("s3://no-such-bucket")
    with pytest.raises(StorageUnavailableError):
        await nowhere.write(uuid4(), io.BytesIO(DATA))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    away = S3Storage(URL)
    with pytest.raises(StorageUnavailableError):
        await away.write(uuid4(), io.BytesIO(DATA))
    with pytest.raises(StorageUnavailableError):
        await read(away, uuid4(), 0, 10)
    with pytest.raises(StorageUnavailableError):
        await away.delete(uuid4())


# The product with its files in S3


def objects() -> set[str]:
    """The keys of the bucket."""
    return {item["path"] for page in S3Store(BUCKET, client_options={"allow_http": True}).list() for item in page}


async def test_files_go_to_the_bucket_and_come_from_it_and_those_of_before_from_the_database(
    sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    data = PDF + DATA
    added = await attach(sales, request, data=data)
    assert f"crm/attachments/{added['id']}" in objects()
    assert await pool.fetchval("SELECT count(*) FROM stored_pieces WHERE file_id = $1", added["id"]) == 0
    answer = await sales.call("GET", path_of(request, added))
    assert (answer.status_code, answer.content == data) == (200, True)
    part = await sales.call("GET", path_of(request, added), Range="bytes=100-2000000")
    assert (part.status_code, part.content == data[100:2_000_001]) == (206, True)

    before = await attach(sales, request, data=PDF)
    await pool.execute("UPDATE stored_files SET place = 'database' WHERE id = $1", before["id"])
    await DatabaseStorage(pool).write(UUID(before["id"]), io.BytesIO(PDF))
    assert (await sales.call("GET", path_of(request, before))).content == PDF

    assert (await sales.call("DELETE", path_of(request, added))).status_code == 204
    assert f"crm/attachments/{added['id']}" not in objects()
    assert await pool.fetchval("SELECT count(*) FROM stored_files WHERE id = $1", added["id"]) == 0


async def test_an_object_whose_upload_was_cut_off_is_cleared_away(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request)
    await pool.execute(
        "UPDATE attachments SET stored_at = NULL, added_at = now() - interval '2 hours' WHERE id = $1", added["id"]
    )
    await pool.execute("UPDATE stored_files SET began_at = now() - interval '2 hours' WHERE id = $1", added["id"])
    assert (await AttachmentUpkeep(pool, storages(pool, URL), None).see_to(lambda: None))["stored_files"] == 1
    assert f"crm/attachments/{added['id']}" not in objects()


async def test_while_the_bucket_is_away_nothing_is_kept_and_it_is_said(
    sign_in: SignIn, pool: Pool, s3: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request)
    s3.stop()
    try:
        answer = await upload(sales, request)
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
        assert "retry-after" in answer.headers
        answer = await sales.call("GET", path_of(request, added))
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
        assert await pool.fetchval("SELECT count(*) FROM attachments WHERE request_id = $1", request["id"]) == 1
    finally:
        s3.start()
