"""The mails as files, one each, the last ones only."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

MOST_MAILS = 1000
_ENVELOPE = b"X-Envelope-To: "


@dataclass(frozen=True)
class Entry:
    """A mail as the list shows it.

    Attributes:
        id: its file's name, without the ending: nanoseconds since 1970.
        receivers: to whom the server was told to give it.
        sender: what it says about whom it comes from.
    """

    id: str
    receivers: tuple[str, ...]
    sender: str
    subject: str
    message_id: str

    @property
    def received_at(self) -> datetime:
        """When it came."""
        return datetime.fromtimestamp(int(self.id) / 1e9, UTC)


class Store:
    """Mails in a directory, the newest first.

    Args:
        directory: made if it is not there.
        most: so many are kept.
    """

    def __init__(self, directory: Path, most: int = MOST_MAILS) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._most = most
        names = sorted((path.stem for path in directory.glob("*.eml") if path.stem.isdigit()), reverse=True)
        self._entries = [_entry(name, self.read(name)) for name in names]
        self._forget()

    def add(self, receivers: Sequence[str], content: bytes) -> None:
        """Keep a mail; when this returns, it is on disk."""
        newest = int(self._entries[0].id) if self._entries else 0
        name = f"{max(time.time_ns(), newest + 1):020d}"
        unfinished = self._directory / f"{name}.unfinished"
        with unfinished.open("xb") as file:
            file.write(_ENVELOPE + ", ".join(receivers).encode() + b"\r\n" + content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path(name))
        self._entries.insert(0, _entry(name, self.read(name)))
        self._forget()

    def entries(self, receiver: str = "") -> list[Entry]:
        """The mails to somebody, or all, the newest first."""
        return [entry for entry in self._entries if not receiver or receiver in entry.receivers]

    def receivers(self) -> list[str]:
        """Everybody who got one."""
        return sorted({receiver for entry in self._entries for receiver in entry.receivers})

    def find(self, name: str) -> Entry | None:
        """A mail by its id."""
        return next((entry for entry in self._entries if entry.id == name), None)

    def source(self, name: str) -> bytes:
        """A mail as it came, letter by letter.

        Raises:
            OSError: there is none, or it was forgotten.
        """
        _, _, content = self._path(name).read_bytes().partition(b"\r\n")
        return content

    def read(self, name: str) -> EmailMessage:
        """A mail with its parts; its first header is the envelope's.

        Raises:
            OSError: see ``source``.
        """
        return message_from_bytes(self._path(name).read_bytes(), policy=default)

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.eml"

    def _forget(self) -> None:
        for entry in self._entries[self._most :]:
            self._path(entry.id).unlink(missing_ok=True)
        del self._entries[self._most :]


def _entry(name: str, message: EmailMessage) -> Entry:
    return Entry(
        id=name,
        receivers=tuple(part.strip() for part in str(message["X-Envelope-To"] or "").split(",") if part.strip()),
        sender=str(message["From"] or ""),
        subject=str(message["Subject"] or ""),
        message_id=str(message["Message-ID"] or ""),
    )
