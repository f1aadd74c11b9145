"""Files of requests: who may attach, read and remove them, which are taken, how much room there is, and how they are given out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from application.attachments import upkeep
from application.attachments.in_database import DatabaseStorage
from application.attachments.storage import StorageUnavailableError
from application.attachments.upkeep import AttachmentUpkeep
from approval.attachments import KINDS, LARGEST, MEGABYTE, MOST_FILES, MOST_TOGETHER
from crm.pool import Pool
from crm.stored_files import Place
from file_transfer import LONGEST_UPLOAD
from security_headers import NOTHING
from tests.api.attaching import attach, listed, path_of, upload, wrong
from tests.api.setting import sent
from tests.clients import BASE, ApiClient
from tests.conftest import SignIn
from tests.files import CSV, PDF, PROGRAM, RIGHT, TEXT, office, png

pytestmark = pytest.mark.usefixtures("running_worker")


async def rows(pool: Pool) -> tuple[int, ...]:
    """How much there is of everything that an upload writes."""
    counts = [await pool.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]
    return tuple(counts)


TABLES = ("attachments", "stored_files", "stored_pieces")


async def test_what_was_attached_comes_back_as_it_was(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    before = await sales.request(request["id"])
    for ending, data in RIGHT.items():
        added = await attach(sales, request, f"Tệp {ending}.{ending}", data)
        assert (added["name"], added["size"], added["scan"]) == (f"Tệp {ending}.{ending}", len(data), "not_scanned")
        assert added["sha256"] == hashlib.sha256(data).hexdigest()
        assert (added["added_by"]["username"], added["may_remove"]) == ("sales1", True)
        answer = await sales.call("GET", path_of(request, added))
        assert (answer.status_code, answer.content) == (200, data)
        assert answer.headers["content-type"] == KINDS[ending].media_type
    assert [one["name"] for one in await listed(sales, request)] == [f"Tệp {ending}.{ending}" for ending in RIGHT]
    assert await sales.request(request["id"]) == before, "neither its version nor anything else knows of them"
    assert len(await sales.timeline(request["id"])) == 1


async def test_a_large_file_comes_back_as_it_was_whole_and_in_parts(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    data = PDF + bytes(range(256)) * 12_000  # 3 MB: many pieces
    added = await attach(sales, request, data=data)
    path = path_of(request, added)
    assert (await sales.call("GET", path)).content == data
    for first, last in (
        (0, 0),
        (0, 262_143),
        (262_143, 262_144),
        (1_000_000, 2_500_000),
        (len(data) - 1, len(data) - 1),
    ):
        part = await sales.call("GET", path, Range=f"bytes={first}-{last}")
        assert (part.status_code, part.content == data[first : last + 1]) == (206, True), (first, last)
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(data)}"
        assert int(part.headers["content-length"]) == last - first + 1


async def test_ranges_that_say_something_are_kept_to_and_others_are_not_there(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request, data=PDF)
    path, size = path_of(request, added), len(PDF)
    tag = (await sales.call("GET", path)).headers["etag"]
    for asked, start, end in (
        ("bytes=5-", 5, size),
        ("bytes=-7", size - 7, size),
        ("bytes=-99999", 0, size),
        ("Bytes=3-99999", 3, size),
    ):
        part = await sales.call("GET", path, Range=asked)
        assert (part.status_code, part.content) == (206, PDF[start:end]), asked
    for asked in ("bytes=0-1,3-4", "bytes=-", "bytes=5-2", "lines=1-2", "bytes=a-b", "bytes=1-2;x", "bytes"):
        whole = await sales.call("GET", path, Range=asked)
        assert (whole.status_code, whole.content) == (200, PDF), asked
        assert "content-range" not in whole.headers
    for asked in (f"bytes={size}-", "bytes=-0", "bytes=999999999-"):
        answer = await sales.call("GET", path, Range=asked)
        assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable"), asked
        assert answer.headers["content-range"] == f"bytes */{size}"
    for if_range, status in ((tag, 206), ('"another"', 200), ("Tue, 24 Nov 2026 10:00:00 GMT", 200)):
        assert (await sales.call("GET", path, Range="bytes=0-3", If_Range=if_range)).status_code == status


async def test_a_file_is_saved_and_only_pdf_and_pictures_are_shown_where_that_is_asked(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    for ending, data in RIGHT.items():
        path = path_of(request, await attach(sales, request, f"a.{ending}", data))
        for query, kind in (("", "attachment"), ("?inline=false", "attachment"), ("?inline=true", "inline")):
            answer = await sales.call("GET", path + query)
            shown = KINDS[ending].shown and kind == "inline"
            assert answer.headers["content-disposition"].split(";")[0] == ("inline" if shown else "attachment")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-security-policy"] == f"{NOTHING}; sandbox"
    maybe = path_of(request, await attach(sales, request)) + "?inline=maybe"
    assert (await sales.call("GET", maybe)).status_code == 422


async def test_a_name_in_vietnamese_is_said_to_browsers_old_and_new(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request, 'Đơn giá & "điều kiện" 100%; x=y.pdf')
    assert added["name"] == "Đơn giá & _điều kiện_ 100%; x=y.pdf"
    said = (await sales.call("GET", path_of(request, added))).headers["content-disposition"]
    assert said == (
        'attachment; filename="Don gia & _dieu kien_ 100_; x=y.pdf"; '
        "filename*=UTF-8''%C4%90%C6%A1n%20gi%C3%A1%20%26%20_%C4%91i%E1%BB%81u%20ki%E1%BB%87n_%20100%25%3B%20x%3Dy.pdf"
    )


# What is refused


@pytest.mark.parametrize(
    ("name", "data", "pointer", "said"),
    [
        ("hoá đơn.pdf", PROGRAM, "/file", "this is not what the ending of its name says"),
        ("ảnh.png", PDF, "/file", "this is not what the ending of its name says"),
        ("ghi chú.txt", PROGRAM, "/file", "this is no text in UTF-8"),
        ("setup.exe", PROGRAM, "/file", "no file of this kind can be attached; attach one of these: pdf, png"),
        ("báo giá\u202efdp.txt", TEXT, "/file/name", "character 8 is U+202E, which turns the text around"),
        (".pdf", PDF, "/file/name", "give the file a name"),
        ("trống.txt", b"", "/file", "this file is empty"),
        ("bom.docx", office(more={"word/media/zeros.bin": bytes(64 * MEGABYTE)}), "/file", "would unpack to far more"),
        ("lồng.xlsx", office("xlsx", {"xl/a.bin": b"PK\x03\x04"}), "/file", "there is an archive in this document"),
        ("lớn.txt", b"a" * (LARGEST + 1), "/file", "a file has at most 10 MB"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused_with_why_and_nothing_is_written(
    name: str, data: bytes, pointer: str, said: str, sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    before = await rows(pool)
    status, place, detail = wrong(await upload(sales, request, name, data))
    assert (status, place) == (422, pointer)
    assert said in detail
    assert await rows(pool) == before
    assert await listed(sales, request) == []


async def test_fifty_one_megabytes_are_not_read(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    before, read = await rows(pool), 0
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        yield part
        for _ in range(51 * 16):
            read += 65_536
            yield b"a" * 65_536
        yield b"\r\n--x--\r\n"

    headers = {
        "Authorization": f"Bearer {sales.token}",
        "Content-Type": "multipart/form-data; boundary=x",
        "Accept-Language": "en",
    }
    answer = await sales.http.post(BASE + path_of(request), content=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert wrong(answer)[1:] == ("/file", "a file has at most 10 MB; attach a smaller one, or divide it")
    assert read <= LONGEST_UPLOAD + 65_536
    assert await rows(pool) == before


@pytest.mark.parametrize(
    "sent_as",
    [
        {"data": {"file": "a text"}},
        {"files": {"document": ("a.pdf", PDF)}},
        {"files": [("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))]},
        {"json": {"file": "a"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"no form", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    ],
)
async def test_what_is_no_form_with_one_file_is_refused_with_how_to_send_it(sent_as: Any, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    headers = {"Authorization": f"Bearer {sales.token}", "Accept-Language": "en", **sent_as.pop("headers", {})}
    answer = await sales.http.post(BASE + path_of(request), headers=headers, **sent_as)
    assert wrong(answer) == (422, "/file", "send one file, in the field file of a form (multipart/form-data)")


async def test_a_form_with_other_fields_is_refused(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    headers = {"Authorization": f"Bearer {sales.token}"}
    sent_as: Any = {"files": {"file": ("a.pdf", PDF)}, "data": {"added_by": "manager1"}}
    answer = await sales.http.post(BASE + path_of(request), headers=headers, **sent_as)
    assert wrong(answer)[:2] == (422, "/added_by")


# Room


async def test_the_twenty_first_file_is_refused_also_when_all_come_at_once(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    answers = await asyncio.gather(*(upload(sales, request, f"{n}.txt", TEXT) for n in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    before = (await rows(pool))[0]
    answers = await asyncio.gather(*(upload(sales, request, f"{n}.txt", TEXT) for n in range(8, 26)))
    assert [answer.status_code for answer in answers].count(201) == MOST_FILES - 8
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {wrong(answer) for answer in refused} == {(422, "/file", "a request has at most 20 files; remove one first")}
    assert (await rows(pool))[0] == before + MOST_FILES - 8
    assert len(await listed(sales, request)) == MOST_FILES
    await sales.call("DELETE", path_of(request, (await listed(sales, request))[0]))
    assert (await upload(sales, request, "again.txt", TEXT)).status_code == 201


async def test_fifty_megabytes_are_the_most_also_when_all_come_at_once(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    data = b"a" * LARGEST
    answers = await asyncio.gather(*(upload(sales, request, f"{n}.txt", data) for n in range(7)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [422] * 2
    said = wrong(next(answer for answer in answers if answer.status_code == 422))
    assert said[1] == "/file"
    assert "at most 50 MB together, of which 0 KB are left" in said[2]
    assert sum(one["size"] for one in await listed(sales, request)) == MOST_TOGETHER
    assert wrong(await upload(sales, request, "one.txt", b"a"))[1] == "/file"
    assert await pool.fetchval("SELECT count(*) FROM stored_files") == (await rows(pool))[0], "the others left nothing"


# Who


async def test_an_approver_attaches_at_their_open_step_and_not_before_or_after(sign_in: SignIn) -> None:
    sales, manager, director = [await sign_in(name) for name in ("sales1", "manager1", "director1")]
    request = await sent(sales)
    assert (await upload(sales, request)).json()["code"] == "request_locked"
    assert (await upload(director, request)).json()["code"] == "forbidden"
    theirs = await attach(manager, request, "Ý kiến.txt", TEXT)
    assert (await sales.get(path_of(request)))["may_add"] is False
    assert [one["may_remove"] for one in await listed(sales, request)] == [False]
    await manager.done(request["id"], "approve", {"step": "manager"})
    assert (await upload(manager, request)).json()["code"] == "forbidden"
    assert (await manager.call("DELETE", path_of(request, theirs))).json()["code"] == "forbidden"
    await attach(director, request, "Ký.pdf", PDF)
    await director.done(request["id"], "reject", {"step": "director", "note": "Thiếu"})
    mine = await attach(sales, request, "Bổ sung.csv", CSV)
    answer = await sales.call("DELETE", path_of(request, theirs))
    assert (answer.status_code, answer.json()["detail"]) == (403, "Only whoever attached a file can remove it.")
    assert (await sales.call("DELETE", path_of(request, mine))).status_code == 204
    assert [one["name"] for one in await listed(sales, request)] == ["Ý kiến.txt", "Ký.pdf"]


async def test_a_substitute_attaches_while_they_may_decide(sign_in: SignIn) -> None:
    sales, manager, other = [await sign_in(name) for name in ("sales1", "manager1", "manager2")]
    request = await sent(sales)
    assert (await upload(other, request)).status_code == 404
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"substitute": "manager2", "until": until, "reason": "Nghỉ phép"}
    answer = await manager.call("POST", "/substitutions", body)
    assert answer.status_code == 201, answer.text
    await attach(other, request, "Thay mặt.txt", TEXT)
    assert (await manager.call("DELETE", f"/substitutions/{answer.json()['id']}")).is_success
    assert (await upload(other, request)).status_code == 404


async def test_whoever_may_not_see_a_request_finds_no_file_of_it(sign_in: SignIn) -> None:
    sales, stranger = await sign_in("sales1"), await sign_in("sales2")
    request = await sales.create()
    added = await attach(sales, request)
    nothing = {"id": str(uuid4())}
    for method, path in (
        ("GET", path_of(request)),
        ("GET", path_of(request, added)),
        ("DELETE", path_of(request, added)),
    ):
        hidden = await stranger.call(method, path)
        missing = await stranger.call(method, path.replace(request["id"], str(uuid4())))
        assert (hidden.status_code, hidden.text) == (404, missing.text)
    assert (await upload(stranger, request)).status_code == 404
    own = await stranger.create()
    answer = await stranger.call("GET", path_of(own, added))
    assert (answer.status_code, answer.text) == (404, (await stranger.call("GET", path_of(own, nothing))).text)
    assert (await stranger.call("DELETE", path_of(own, added))).status_code == 404
    assert len(await listed(sales, request)) == 1


async def test_a_decision_made_on_what_somebody_saw_is_not_stale_for_a_file(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    seen = (await manager.call("GET", f"/purchase-requests/{request['id']}")).headers["etag"]
    await attach(manager, request)
    answer = await manager.act(request["id"], "approve", {"step": "manager"}, If_Match=seen)
    assert answer.status_code == 200, answer.text


async def test_a_draft_is_deleted_with_its_files(sign_in: SignIn, pool: Pool, app: FastAPI) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request)
    assert (await sales.call("DELETE", f"/purchase-requests/{request['id']}")).status_code == 204
    assert await pool.fetchval("SELECT count(*) FROM attachments WHERE id = $1", added["id"]) == 0
    await pool.execute("UPDATE stored_files SET began_at = now() - interval '2 hours' WHERE id = $1", added["id"])
    await housekeeping(app)
    assert await pool.fetchval("SELECT count(*) FROM stored_pieces WHERE file_id = $1", added["id"]) == 0


# Twice, and half


async def test_the_same_file_under_one_key_is_attached_once_however_the_form_is_written(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    key = str(uuid4())
    first = await upload(sales, request, Idempotency_Key=key)
    again = await upload(sales, request, Idempotency_Key=key)  # httpx makes up another boundary
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    for name, data in (("Báo giá.pdf", PDF + b"%"), ("Khác.pdf", PDF)):
        answer = await upload(sales, request, name, data, Idempotency_Key=key)
        assert answer.json()["code"] == "idempotency_key_reused"
    assert len(await listed(sales, request)) == 1


async def test_of_the_same_call_many_times_at_once_one_file_is_made(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    key = str(uuid4())
    answers = await asyncio.gather(*(upload(sales, request, Idempotency_Key=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await listed(sales, request)) == 1


async def housekeeping(app: FastAPI) -> dict[str, int]:
    """See to what is left behind, as the worker does every hour."""
    service = app.state.attachments
    return await AttachmentUpkeep(app.state.pool, service._storages, service._scans).see_to(lambda: None)


async def test_a_file_whose_bytes_do_not_all_come_is_never_shown_and_can_come_again(
    sign_in: SignIn, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    data, key = PDF + bytes(600_000), str(uuid4())
    real = DatabaseStorage.write
    looks: list[int] = []

    async def half(self: DatabaseStorage, file_id: UUID, file: Any) -> None:
        file.truncate(300_000)
        await real(self, file_id, file)
        looks.append(len(await listed(sales, request)))
        looks.append((await sales.call("GET", path_of(request, {"id": file_id}))).status_code)
        raise StorageUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(DatabaseStorage, "write", half)
        answer = await upload(sales, request, data=data, Idempotency_Key=key)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert "retry-after" in answer.headers
    assert looks == [0, 404]
    assert await listed(sales, request) == []
    again = await upload(sales, request, data=data, Idempotency_Key=key)
    assert again.status_code == 201, again.text
    assert (await sales.call("GET", path_of(request, again.json()))).content == data


async def test_what_a_crash_leaves_of_an_upload_is_cleared_away_after_an_hour_and_nothing_else(
    sign_in: SignIn, pool: Pool, app: FastAPI
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    kept, cut_off, young = [await attach(sales, request, f"{name}.txt", TEXT) for name in ("kept", "cut", "young")]
    unstored = [UUID(one["id"]) for one in (cut_off, young)]
    await pool.execute("UPDATE attachments SET stored_at = NULL WHERE id = ANY ($1)", unstored)
    old = [UUID(one["id"]) for one in (kept, cut_off)]
    await pool.execute("UPDATE attachments SET added_at = now() - interval '2 hours' WHERE id = ANY ($1)", old)
    await pool.execute("UPDATE stored_files SET began_at = now() - interval '2 hours' WHERE id = ANY ($1)", old)
    done = await housekeeping(app)
    assert (done["uploads_cut_off"], done["stored_files"]) == (1, 1)
    left = {row["id"] for row in await pool.fetch("SELECT id FROM stored_files WHERE id = ANY ($1)", old + unstored)}
    assert left == {UUID(kept["id"]), UUID(young["id"])}
    assert (await sales.call("GET", path_of(request, kept))).content == TEXT
    assert await housekeeping(app) == {"uploads_cut_off": 0, "stored_files": 0, "scans_started": 0}


async def test_bytes_that_cannot_be_deleted_now_are_left_to_the_housekeeping(
    sign_in: SignIn, pool: Pool, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request)

    async def away(*_: object) -> None:
        raise StorageUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(DatabaseStorage, "delete", away)
        assert (await sales.call("DELETE", path_of(request, added))).status_code == 204
        monkeypatch.setattr(upkeep, "CUT_OFF_AFTER", timedelta(0))
        assert (await housekeeping(app))["stored_files"] == 0
    assert await pool.fetchval("SELECT place FROM stored_files WHERE id = $1", added["id"]) == Place.DATABASE
    await housekeeping(app)
    assert await pool.fetchval("SELECT count(*) FROM stored_files WHERE id = $1", added["id"]) == 0


async def test_files_of_a_storage_that_is_not_set_any_more_are_said_to_be_away(
    sign_in: SignIn, pool: Pool, app: FastAPI, http: httpx.AsyncClient
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request)
    await pool.execute("UPDATE stored_files SET place = 's3' WHERE id = $1", added["id"])
    answer = await sales.call("GET", path_of(request, added))
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")


async def test_while_one_attaches_others_decide(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing bytes holds no lock of the request."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    writing, decided = asyncio.Event(), asyncio.Event()
    real = DatabaseStorage.write

    async def slow(self: DatabaseStorage, file_id: UUID, file: Any) -> None:
        writing.set()
        await decided.wait()
        await real(self, file_id, file)

    monkeypatch.setattr(DatabaseStorage, "write", slow)
    attaching = asyncio.create_task(upload(manager, request))
    await writing.wait()
    await manager.done(request["id"], "approve", {"step": "manager"})
    decided.set()
    assert (await attaching).status_code == 201
    assert len(await listed(sales, request)) == 1


async def test_open_pages_are_told_of_a_file(app: FastAPI, sign_in: SignIn) -> None:
    sales: ApiClient = await sign_in("sales1")
    request = await sales.create()
    session = await app.state.sessions.begin("sales1", authenticated_at=None)
    with app.state.streams.open("sales1", session) as stream:
        await stream.changes(0.2)
        added = await attach(sales, request, "ảnh.png", png())
        assert UUID(request["id"]) in (await stream.changes(10)).request_ids
        await sales.call("DELETE", path_of(request, added))
        assert UUID(request["id"]) in (await stream.changes(10)).request_ids
