"""What ``make run`` shows: progress while it starts, then one screen that says where everything is and what to try."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress

from rich.console import Console
from rich.markup import escape

from embedded.configuration import Configuration
from embedded.supervisor import Supervisor

Sections = Mapping[str, Sequence[tuple[str, str]]]
"""What the screen shows: rows of name and text, by section title."""

DEFAULT_API_PORT = 8000
DEFAULT_MAILBOX_PORT = 8025

USERS = (
    ("sales1, sales2", "nhân viên kinh doanh, báo cáo cho manager1", "sales, report to manager1"),
    ("manager1, manager2", "quản lý", "managers"),
    ("director1", "giám đốc", "director"),
    ("purchasing1", "mua hàng", "purchasing"),
    ("admin1", "quản trị quy trình và kết nối", "admin: processes and connection"),
)


class Screen:
    """A terminal, or a file or pipe in its place: then plain lines."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True, emoji=False)
        self._began = time.monotonic()
        self._up = False

    def report(self, text: str) -> None:
        """Shows what just happened; once the system is up, with the time of day."""
        clock = f"[dim]{time.strftime('%H:%M:%S')}[/dim] " if self._up else ""
        self._print(f"{clock}{escape(text)}")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Shows that something is being done, then how long it took."""
        began = time.monotonic()
        with self._console.status(f"{escape(title)} ...") if self._console.is_terminal else nullcontext():
            yield
        self._print(f"[green]✓[/green] {escape(title)} [dim]({time.monotonic() - began:.1f} s)[/dim]")

    def fail(self, text: str) -> None:
        """Shows why it cannot start."""
        self._print(f"[bold red]✗[/bold red] {escape(text)}")

    def ready(self, sections: Sections) -> None:
        """Shows where everything is and what to try."""
        self._up = True
        seconds = time.monotonic() - self._began
        self._print("")
        self._print(
            f"[bold green]Hệ thống phê duyệt yêu cầu mua hàng đang chạy · "
            f"Purchase request approval is running[/bold green] [dim]({seconds:.1f} s)[/dim]"
        )
        for title, rows in sections.items():
            self._print(f"\n[bold]{escape(title)}[/bold]")
            width = max(len(name) for name, _ in rows)
            for name, text in rows:
                self._print(f"  {escape(name.ljust(width))}  {escape(text)}")
        self._print("\n[bold]Ctrl-C[/bold] để dừng · to stop\n")

    def _print(self, markup: str) -> None:
        # The terminal may be gone (closed window, ended pipe); the system must still stop in order.
        with suppress(OSError):
            self._console.print(markup)


def sections(supervisor: Supervisor) -> Sections:
    """What is shown of ``make run``."""
    configuration = supervisor.configuration
    api, metrics = configuration.api_url, configuration.ports["WORKER_METRICS_PORT"]
    return {
        "Địa chỉ · Addresses": [
            *pages(configuration),
            ("Temporal UI", f"{supervisor.temporal.ui_url}/"),
            ("Temporal", supervisor.temporal.address),
            ("PostgreSQL", supervisor.database_url),
            ("Số liệu · Metrics", f"{api}/metrics (API)   http://127.0.0.1:{metrics}/metrics (worker)"),
        ],
        **to_try(configuration),
    }


def pages(configuration: Configuration) -> list[tuple[str, str]]:
    """Where people look first."""
    rows = [
        ("Trang làm việc · Pages", f"{configuration.api_url}/"),
        ("API", f"{configuration.api_url}/docs"),
        ("Hộp thư · Mailbox", f"{configuration.mailbox_url}/"),
    ]
    return [*rows, ("AMIS thử · AMIS stand-in", f"{configuration.amis_url}/")] if configuration.amis else rows


def to_try(configuration: Configuration) -> Sections:
    """Who may sign in, what to try, and where logs and data are."""
    port, mailbox_port = configuration.ports["API_PORT"], configuration.ports["MAILBOX_PORT"]
    where = [f"API_PORT={port}"] if port != DEFAULT_API_PORT else []
    where += [f"MAILBOX_PORT={mailbox_port}"] if mailbox_port != DEFAULT_MAILBOX_PORT else []
    demo = " ".join([*where, "make demo"])
    api = configuration.api_url
    token = f"curl -s {api}/api/v1/demo/token -H 'Content-Type: application/json' -d '{{\"username\": \"sales1\"}}'"
    return {
        "Người dùng thử, không cần mật khẩu · Demo users, no password": [
            (users, f"{vietnamese} · {english}") for users, vietnamese, english in USERS
        ],
        "Thử ngay, ở một cửa sổ khác · Try, in another terminal": [
            (demo, "một yêu cầu từ nháp đến hoàn thành · one request from draft to completed"),
            ("token", token),
        ],
        "Trên máy này · On this machine": [
            ("Nhật ký · Logs", str(configuration.logs)),
            ("Dữ liệu · Data", f"{configuration.data_directory} (xóa để bắt đầu lại · delete it to start afresh)"),
        ],
    }
