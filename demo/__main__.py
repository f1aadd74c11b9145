"""``python -m demo`` (``make demo``): play the whole story beside a running ``make run``, a line for each step."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
from rich.console import Console
from rich.markup import escape

from demo.changed_order import ChangedOrder
from demo.desk import NOTHING, Line, People, StoryError
from demo.mails import sent_since
from demo.review import Review
from demo.story import Story
from demo.waiting import Waiting
from purchase_approval_client import ProblemError
from texts import process_status_label


def main() -> None:
    """Play the story on ``API_PORT`` and print what the CRM, the process and purchasing show after each step."""
    address = f"http://127.0.0.1:{os.environ.get('API_PORT', '8000')}"
    console = Console(soft_wrap=True, highlight=False)
    console.print(
        f"\n[bold]Yêu cầu mua hàng, từ đơn hàng đến khi nhận hàng · A purchase request, from order to goods[/bold]"
        f"\n[dim]{address}[/dim]\n"
    )
    began = datetime.now(UTC)
    try:
        steps = asyncio.run(_play(console, address))
    except httpx.ConnectError:
        sys.exit(f"Nothing answers at {address}. Start the system first: make run (API_PORT says where).")
    except (StoryError, ProblemError) as error:
        sys.exit(f"The story stopped: {error}")
    _print_mails(console, began)
    console.print(f"\n[bold green]✔ {steps} bước · steps[/bold green]  Xem · look: {address}\n")


async def _play(console: Console, address: str) -> int:
    """Play the stories and print their steps; how many there were."""
    steps = 0
    async with People(address) as people:
        async for line in stories(people):
            steps += 1
            _print_step(console, steps, line)
    return steps


async def stories(people: People) -> AsyncIterator[Line]:
    """All stories, one after another."""
    for story in (Story(people), Review(people), ChangedOrder(people), Waiting(people)):
        async for line in story.play():
            yield line


def _print_mails(console: Console, began: datetime) -> None:
    address = f"http://127.0.0.1:{os.environ.get('MAILBOX_PORT', '8025')}"
    with httpx.Client(base_url=address, timeout=5, trust_env=False) as mailbox:
        mails = sent_since(mailbox, began)
    title = f"{len(mails)} e-mail · mails" if mails else "Không thấy e-mail nào · No mails found: MAILBOX_PORT?"
    console.print(f"\n[bold]{title}[/bold]  [dim]{address}[/dim]")
    for receiver, subject, where in mails:
        console.print(f"    [cyan]{escape(receiver):<26}[/cyan]{escape(subject)}  [dim]{where}[/dim]")


def _print_step(console: Console, number: int, line: Line) -> None:
    remark = f"  [dim]({line.remark})[/dim]" if line.remark else ""
    console.print(f"{number:3} [bold cyan]{line.who:<12}[/bold cyan]{line.what_vi} · [dim]{line.what_en}[/dim]{remark}")
    shown = line.shown
    if shown != NOTHING:
        console.print(
            f"{'':16}CRM [green]{_words(shown.crm)}[/green]   Quy trình · run [green]{_words(shown.run)}[/green]"
            f"   Mua hàng · purchasing [green]{shown.purchasing}[/green]"
        )


def _words(status: str) -> str:
    """A status in Vietnamese with its code: ``Trả lại (returned)``."""
    code, _, step = status.partition(" ")
    label = process_status_label(code, "vi")
    return status if label == code else f"{label} ({code}{f' {step}' if step else ''})"


if __name__ == "__main__":
    main()
