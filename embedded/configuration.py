"""Where ``make run`` puts things: ports and the data directory from the environment, the lock on it, and the demo's secrets."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from embedded.processes import free_port
from notices.vapid import new_key

SECRETS: Mapping[str, Callable[[], str]] = {
    **dict.fromkeys(
        ("DEMO_SIGNING_KEY", "SESSION_SECRET", "SIGNAL_KEYS", "ENCRYPTION_KEYS"), lambda: secrets.token_urlsafe(48)
    ),
    "VAPID_PRIVATE_KEY": new_key,
}
"""How each is made. They are kept in the data directory, so that tokens, cookies, signatures and devices outlive a restart."""

SECRETS_FILE = "secrets.json"
"""Where, in the data directory."""

PORT_VARIABLES = (
    "API_PORT",
    "TEMPORAL_PORT",
    "TEMPORAL_UI_PORT",
    "MAILBOX_PORT",
    "WORKER_METRICS_PORT",
    "SMTP_PORT",
)


class ConfigurationError(Exception):
    """What was asked for cannot be started. The message says what to change."""


@dataclass(frozen=True)
class Configuration:
    """Ports and places of one embedded system.

    Attributes:
        data_directory: everything that is kept: databases, logs, secrets.
        ports: port number by the variable that sets it.
        amis: whether there is a stand-in for AMIS CRM, and the system is connected to it.
    """

    data_directory: Path
    ports: Mapping[str, int]
    amis: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Configuration:
        """Reads ``DATA_DIR``, ``AMIS`` and the port variables. A port of 0 means any free one.

        Raises:
            ConfigurationError: a value is no port number.
        """
        amis = environment.get("AMIS", "")
        if amis not in ("", "demo"):
            raise ConfigurationError(
                f"AMIS is {amis!r}: leave it out, or have AMIS=demo start a stand-in for AMIS CRM."
            )
        defaults = dict(zip(PORT_VARIABLES, (8000, 7233, 8233, 8025, 0, 0), strict=True))
        if amis:
            defaults["AMIS_PORT"] = 8026
        return cls(
            data_directory=Path(environment.get("DATA_DIR") or ".data").resolve(),
            ports=read_ports(environment, defaults),
            amis=bool(amis),
        )

    @property
    def logs(self) -> Path:
        """Directory of the log files."""
        return self.data_directory / "logs"

    @property
    def pids(self) -> Path:
        """Directory of the files that remember running processes."""
        return self.data_directory / "run"

    @property
    def api_url(self) -> str:
        """Base address of API and pages."""
        return f"http://127.0.0.1:{self.ports['API_PORT']}"

    @property
    def mailbox_url(self) -> str:
        """Base address of the pages that show the mails."""
        return f"http://127.0.0.1:{self.ports['MAILBOX_PORT']}"

    @property
    def amis_url(self) -> str:
        """Base address of the stand-in for AMIS, if there is one."""
        return f"http://127.0.0.1:{self.ports['AMIS_PORT']}" if self.amis else ""

    def prepare(self) -> None:
        """Makes the directories; only their owner may look into them."""
        self.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (self.logs, self.pids):
            directory.mkdir(mode=0o700, exist_ok=True)

    def check_ports(self) -> None:
        """Refuses ports that cannot be had.

        Raises:
            ConfigurationError: two are the same, or something listens on one; the message names the variable to set.
        """
        seen: dict[int, str] = {}
        for name, port in self.ports.items():
            if port in seen:
                raise ConfigurationError(f"{name} and {seen[port]} are both {port}: give one of them another port.")
            seen[port] = name
        refused = [f"Port {port} {why}: set {name}." for name, port in self.ports.items() if (why := _refusal(port))]
        if refused:
            raise ConfigurationError("\n".join([*refused, "Nothing was started. A port of 0 means any free one."]))

    def lock(self) -> TextIO:
        """Takes the data directory for this process, for as long as the returned file is open.

        Raises:
            ConfigurationError: another process has it.
        """
        file = (self.data_directory / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise ConfigurationError(
                f"It is already running on {self.data_directory} (process {holder}). "
                "Stop that one, or give this one its own DATA_DIR and ports."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        return file

    def secrets(self) -> dict[str, str]:
        """The demo's secrets by the variable that carries them; made at random on the first call, mode 0600."""
        path = self.data_directory / SECRETS_FILE
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if not all(kept.get(name) for name in SECRETS):
            kept = {name: kept.get(name) or make() for name, make in SECRETS.items()}
            unfinished = path.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(kept, file)
            unfinished.replace(path)
        return kept


def read_ports(environment: Mapping[str, str], defaults: Mapping[str, int]) -> dict[str, int]:
    """Port number by the variable that sets it; where that is 0, any free one.

    Raises:
        ConfigurationError: a value is no port number.
    """
    ports = {name: _port(name, environment.get(name), default) for name, default in defaults.items()}
    for name, port in ports.items():
        ports[name] = port or free_port(*ports.values())
    return ports


def _port(name: str, value: str | None, default: int) -> int:
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and int(value) <= 65535):
        raise ConfigurationError(f"{name} is {value!r}: a port number from 0 to 65535 is needed.")
    return int(value)


def _refusal(port: int) -> str:
    """Why nothing of ours can listen on a port; empty when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
    return ""
