"""What ``make cluster`` runs that no Python package carries: Temporal's server, built here once, and the balancer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from embedded.configuration import ConfigurationError
from embedded.processes import ChildProcess

HERE = Path(__file__).parent
BUILT = HERE.parent / ".data" / "programs"
"""Beside what ``make run`` keeps; not in the cluster's own data, which people delete to start afresh."""

NAMES = ("temporal-server", "temporal-sql-tool", "tdbg", "temporal-ui-server")
MODULES = ("server", "ui")
BUILD_SECONDS = 3600.0

BESIDE_THE_PATH = ("/usr/sbin", "/usr/local/sbin", "/usr/local/go/bin")
"""Where packages put programs that not everybody has on the path."""


class Programs:
    """Temporal's programs, built from Go modules whose versions and hashes stand in ``cluster/server`` and ``cluster/ui``.

    Args:
        directory: where they are, or will be.
    """

    def __init__(self, directory: Path = BUILT) -> None:
        self.directory = directory

    def path(self, name: str) -> str:
        """Path of one of them, of ``NAMES``."""
        return str(self.directory / "bin" / name)

    @property
    def are_built(self) -> bool:
        """Whether they are there, from the modules that are asked for today."""
        stamp = self.directory / "built-from"
        return (
            all(Path(self.path(name)).is_file() for name in NAMES)
            and stamp.is_file()
            and stamp.read_text() == modules()
        )

    def check(self) -> None:
        """Refuses what cannot be built.

        Raises:
            ConfigurationError: they are not there, and Go is missing or too old.
        """
        if not self.are_built:
            check_go()

    def build(self, log: Path) -> None:
        """Builds them; takes minutes.

        Raises:
            processes.ProcessDied: it did not work; the message has the end of the log.
        """
        unfinished = self.directory.with_name(self.directory.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        building = ChildProcess("The build of Temporal", [str(HERE / "build"), str(unfinished)], log, with_more_paths())
        building.run_to_end(BUILD_SECONDS)
        (unfinished / "built-from").write_text(modules())
        shutil.rmtree(self.directory, ignore_errors=True)
        unfinished.rename(self.directory)


def modules() -> str:
    """What the programs are made of: versions and hashes of all modules, and how they are built."""
    files = [HERE / "build", *(HERE / module / name for module in MODULES for name in ("go.mod", "go.sum"))]
    return "".join(file.read_text() for file in files)


def wanted_go() -> str:
    """The oldest version of Go that the modules can be built with."""
    found = [re.search(r"^go ([\d.]+)$", (HERE / module / "go.mod").read_text(), re.M) for module in MODULES]
    return max((match[1] for match in found if match), key=_parts)


def check_go(version_of: Callable[[str], str] | None = None) -> None:
    """Refuses a machine without a Go that is new enough.

    Args:
        version_of: given the program, what it says of its version; None: it is asked.

    Raises:
        ConfigurationError: it is missing or too old.
    """
    wanted = wanted_go()
    go = shutil.which("go", path=with_more_paths()["PATH"])
    needs = f"make cluster builds Temporal's server once, and needs Go {wanted} or newer for that"
    if go is None:
        raise ConfigurationError(
            f"{needs}; there is none. Install it (go.dev/doc/install), or use make run, which needs none."
        )
    found = (version_of or _ask_version)(go).removeprefix("go")
    if _parts(found) < _parts(wanted):
        raise ConfigurationError(f"{needs}; {go} is {found or 'of an unknown version'}.")


def balancer_program() -> str:
    """Path of HAProxy.

    Raises:
        ConfigurationError: it is not installed.
    """
    found = shutil.which("haproxy", path=with_more_paths()["PATH"])
    if found is None:
        raise ConfigurationError(
            "make cluster puts HAProxy before the APIs, and it is not installed: apt-get install haproxy "
            "(Debian, Ubuntu; as root), or brew install haproxy (macOS)."
        )
    return found


def with_more_paths() -> dict[str, str]:
    """This process's environment, with a longer path."""
    return {**os.environ, "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), *BESIDE_THE_PATH])}


def _ask_version(go: str) -> str:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}  # the version that is here, not one that would be fetched
    asked = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, env=environment, check=False)
    return asked.stdout.strip()


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
