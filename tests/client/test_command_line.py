"""The command line as a program of its own, against the running application."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from demo.desk import People
from embedded.processes import free_port
from purchase_approval_client.cli.rendering import _time
from purchase_approval_client.cli.words import PURCHASE_STATUSES
from settings import DEFAULT_PURCHASE_STATUSES
from tests.clients import LINE, request_body

pytestmark = pytest.mark.usefixtures("running_worker")


@dataclass(frozen=True)
class Run:
    """What a command came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Program:
    """The command line."""

    address: str
    folder: Path

    async def __call__(self, user: str | None, *arguments: str, **variables: str) -> Run:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PURCHASE_APPROVAL_")}
        environment |= {"PURCHASE_APPROVAL_ADDRESS": self.address, "PYTHONIOENCODING": "utf-8"} | variables
        if user is not None:
            environment["PURCHASE_APPROVAL_DEMO_USER"] = user
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "purchase_approval_client", *arguments,
            cwd=self.folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        return Run(process.returncode, out.decode(), err.decode())


@pytest.fixture
def program(server_url: str, repository: Path) -> Program:
    return Program(server_url, repository)


async def made(people: People, **changes: Any) -> str:
    """The number of a small request of ``sales1``."""
    lines = [{**LINE, "quantity": "2"}]
    return (await (await people.get("sales1")).create(request_body(lines=lines, **changes))).number


async def test_a_request_goes_its_way_from_the_command_line(program: Program, people: People) -> None:
    number = await made(people)
    sent = await program("sales1", "send", number, "--note", "Gấp")
    assert sent.code == 0, sent.err
    assert f"{number} · Đang thực hiện · 25.000.000 VND" in sent.out
    assert "đang chờ" in sent.out
    assert "(manager1)" in sent.out
    inbox = await program("manager1", "inbox", "--language", "en")
    (line,) = [line for line in inbox.out.splitlines() if line.startswith(number)]
    assert "manager due " in line
    returned = await program("manager1", "return", number, "--note", "Giảm còn 1", "--language", "en")
    assert f"{number} · Returned · 25,000,000 VND" in returned.out
    assert "Notes: " in returned.out
    assert (await program("sales1", "send", number)).code == 0
    assert (await program("sales1", "recall", number)).code == 0
    assert (await program("sales1", "send", number)).code == 0
    approved = await program("manager1", "approve", number, "--json")
    assert approved.json()["process_status"] == "completed"
    reported = await program("purchasing1", "report", number, "--status", "ordered", "--received", "LT-T14=1")
    assert (reported.code, reported.out) == (0, "Đã ghi nhận.\n")
    shown = await program("sales1", "show", number, "--language", "en")
    assert "Purchasing: Ordered" in shown.out
    assert "received 1" in shown.out
    told = await program("sales1", "timeline", number)
    assert "manager1" in told.out
    assert "Giảm còn 1" in told.out


async def test_a_report_with_the_same_id_counts_once(program: Program, people: People) -> None:
    number = await made(people, send={})
    assert (await program("manager1", "approve", number)).code == 0
    report = ("report", number, "--received", "LT-T14=1", "--event-id", f"E-{number}")
    first = await program("purchasing1", *report, "--language", "en")
    assert first.out == "Taken. Purchasing: Partially received\n"
    again = await program("purchasing1", *report, "--language", "en")
    assert again.code in (0, 4)
    shown = await program("sales1", "show", number, "--json")
    assert shown.json()["lines"][0]["quantity_received"] == "1"


async def test_the_purchase_status_follows_from_what_has_come_unless_it_is_said(
    program: Program, people: People
) -> None:
    number = await made(people, send={})
    assert (await program("manager1", "approve", number)).code == 0
    for quantity, label in (("1", "Nhận một phần"), ("1", "Đã nhận đủ")):
        reported = await program("purchasing1", "report", number, "--received", f"LT-T14={quantity}")
        assert (reported.code, reported.out) == (0, f"Đã ghi nhận. Mua sắm: {label}\n")
        assert f"Mua sắm: {label}" in (await program("sales1", "show", number)).out
    assert (await program("purchasing1", "report", number, "--status", "closed")).code == 0
    returned = await program("purchasing1", "report", number, "--sent-back", "LT-T14=1")
    assert returned.out == "Đã ghi nhận. Mua sắm: Đã đóng\n"  # nobody else's word is taken back


@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Ho_Chi_Minh", "10:32 UTC+7"), ("UTC", "03:32 UTC"), ("Asia/Kolkata", "09:02 UTC+5:30")]
)
def test_times_name_the_zone_that_they_are_of(zone: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert _time(datetime(2026, 11, 24, 3, 32, tzinfo=UTC)) == f"24/11/2026 {shown}"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_usual_purchase_statuses_are_called_as_the_pages_call_them() -> None:
    assert {one.code: (one.vi, one.en) for one in DEFAULT_PURCHASE_STATUSES} == PURCHASE_STATUSES


async def test_a_request_is_rejected_and_another_cancelled(program: Program, people: People) -> None:
    rejected = await program("manager1", "reject", await made(people, send={}), "--note", "Hết ngân sách", "--json")
    assert rejected.json()["process_status"] == "rejected"
    cancelled = await program("sales1", "cancel", await made(people, send={}), "--note", "Khách hủy", "--json")
    assert cancelled.json()["process_status"] == "cancelled"


async def test_lists_say_that_there_is_more(program: Program, people: People) -> None:
    numbers = [await made(people) for _ in range(3)]
    listed = await program("sales1", "list", "--most", "2", "--status", "not_sent")
    lines = listed.out.splitlines()
    assert [line.split(" · ")[0] for line in lines[:2]] == numbers[:0:-1]
    assert lines[2:] == ["… còn nữa: --most"]
    none = await program("sales1", "list", "--q", "không có gì như thế", "--language", "en")
    assert none.out == "No requests.\n"


async def test_a_refusal_says_what_where_and_what_helps(program: Program, people: People) -> None:
    number = await made(people)
    refused = await program("manager1", "approve", number, "--step", "manager", "--language", "en")
    assert refused.code == 4
    assert refused.err.startswith("Refused (")
    assert "What helps: " in refused.err
    wrong = await program("sales1", "send", number, "--approver", "nostep=manager1")
    assert wrong.code == 4
    assert "--approver: " in wrong.err
    machine = await program("sales1", "send", number, "--approver", "nostep=manager1", "--json")
    problem = json.loads(machine.err)
    assert problem["errors"][0]["pointer"].startswith("/approvers")


async def test_wrong_usage_says_how_it_should_read(program: Program, people: People) -> None:
    number = await made(people)
    assert (await program("manager1", "reject", number)).code == 2
    nothing = await program("purchasing1", "report", number, "--language", "en")
    assert (nothing.code, nothing.err) == (2, "A report needs --status, --received, --sent-back or --in-all.\n")
    pair = await program("purchasing1", "report", number, "--received", "LT-T14", "--language", "en")
    assert (pair.code, pair.err) == (2, "--received LT-T14: should read NAME=VALUE\n")
    step = await program("sales1", "approve", number, "--language", "en")
    assert (step.code, step.err) == (2, "No step waits to be decided (Not sent).\n")


async def test_whoever_is_not_signed_in_is_told_how(program: Program) -> None:
    nobody = await program(None, "inbox", "--language", "en")
    assert nobody.code == 3
    assert "PURCHASE_APPROVAL_TOKEN" in nobody.err
    bad = await program(None, "me", "--token", "no-token")
    assert bad.code == 3
    assert "--demo-user" in bad.err


async def test_a_token_signs_in_before_a_user_of_the_demo(program: Program, people: People) -> None:
    token = (await people.get("manager1")).api.token
    told = await program("sales1", "me", "--json", PURCHASE_APPROVAL_TOKEN=token)
    assert told.json()["username"] == "manager1"


async def test_where_nothing_answers_that_is_said(program: Program) -> None:
    away = await program("sales1", "inbox", "--address", f"http://127.0.0.1:{free_port()}", "--language", "en")
    assert away.code == 1
    assert "Does the system run?" in away.err


@pytest.mark.parametrize(("language", "word"), [("vi", "duyệt một bước"), ("en", "approve a step")])
async def test_help_is_in_both_languages(program: Program, language: str, word: str) -> None:
    told = await program(None, "--help", PURCHASE_APPROVAL_LANGUAGE=language)
    assert told.code == 0
    assert word in told.out
