"""The demo's mailbox takes mails by SMTP, shows each as people get it, keeps the last ones over a restart, and runs nothing."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from embedded.mailbox.store import Store
from embedded.processes import accepts_connections, free_port
from tests.embedded.running import ROOT, eventually


@contextmanager
def mailbox(directory: Path, smtp_port: int, port: int) -> Iterator[httpx.Client]:
    """It as a process, and a client of its pages."""
    process = subprocess.Popen(
        [sys.executable, "-m", "embedded.mailbox"],
        cwd=ROOT,
        env={
            **os.environ,
            "MAILBOX_DIRECTORY": str(directory),
            "SMTP_PORT": str(smtp_port),
            "MAILBOX_PORT": str(port),
            "COMPANY_TIME_ZONE": "Asia/Ho_Chi_Minh",
            "TZ": "America/New_York",
        },
    )
    try:
        assert eventually(lambda: accepts_connections(smtp_port) and accepts_connections(port))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.wait(20)


def write_to(receiver: str, subject: str, html: str = "<p>Chào</p>") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Mua hàng <mua-hang@demo.example>", receiver, subject
    message.set_content("Chào <b>bạn</b>")
    message.add_alternative(html, subtype="html")
    return message


def test_what_is_sent_to_it_is_shown_and_outlives_it(tmp_path: Path) -> None:
    smtp_port, port = free_port(), free_port()
    with mailbox(tmp_path / "mails", smtp_port, port), smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        smtp.send_message(write_to("manager1@demo.example", "Thứ nhất"))
        smtp.send_message(write_to("sales1@demo.example", "Thứ hai <i>"))
    with mailbox(tmp_path / "mails", smtp_port, port) as client:
        listed = client.get("/").text
        assert listed.index("Thứ hai &lt;i&gt;") < listed.index("Thứ nhất")
        only = client.get("/", params={"to": "manager1@demo.example"}).text
        assert "Thứ nhất" in only
        assert "Thứ hai" not in only
        described = client.get("/mails.json").json()
        assert [entry["to"] for entry in described] == [["sales1@demo.example"], ["manager1@demo.example"]]
        page = client.get(f"/mails/{described[0]['id']}")
        received = datetime.fromisoformat(described[0]["received_at"]).astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
        for shown in (listed, page.text):  # by the company's clocks, as on the other pages, wherever this machine is
            assert f"{received:%H:%M:%S %d/%m/%Y}" in shown
        assert "Chào &lt;b&gt;bạn&lt;/b&gt;" in page.text
        assert "Content-Type" in page.text
        assert client.get(f"/mails/{described[0]['id']}/source").headers["content-type"].startswith("text/plain")
        assert client.get("/mails/1").status_code == 404
        assert client.get("/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_a_mail_runs_nothing_and_opens_its_links_elsewhere(tmp_path: Path) -> None:
    smtp_port, port = free_port(), free_port()
    with mailbox(tmp_path / "mails", smtp_port, port) as client:
        with smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
            smtp.send_message(write_to("a@demo.example", "x", '<script>alert(1)</script><a href="/mail/1">Duyệt</a>'))
        (entry,) = client.get("/mails.json").json()
        mail = client.get(f"/mails/{entry['id']}/html")
        policy = mail.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "allow-scripts" not in policy
        assert mail.text.startswith('<base target="_blank">')
        assert 'sandbox="allow-popups' in client.get(f"/mails/{entry['id']}").text


def test_the_last_ones_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, most=3)
    for number in range(5):
        store.add(["a@demo.example"], bytes(write_to("a@demo.example", f"Số {number}")))
    assert [entry.subject for entry in store.entries()] == ["Số 4", "Số 3", "Số 2"]
    assert len(list(tmp_path.iterdir())) == 3
    assert [entry.subject for entry in Store(tmp_path, most=2).entries()] == ["Số 4", "Số 3"]


def test_a_mail_that_was_half_written_when_it_died_is_none(tmp_path: Path) -> None:
    (tmp_path / "00000000000000000001.unfinished").write_bytes(b"X-Envelope-To: a")
    assert Store(tmp_path).entries() == []


@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"Subject: =?utf-8?q?=FF?=\r\nContent-Type: text/html; charset=none\r\n\r\n\xff"]
)
def test_whatever_comes_is_shown(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path)
    store.add(["a@demo.example"], content)
    (entry,) = store.entries()
    assert store.source(entry.id) == content
    assert Store(tmp_path).entries() == [entry]
