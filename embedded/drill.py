"""``python -m embedded.drill`` (``make drill``): restore a backup into a second place, and see that people could go on there.

Nothing of the first place is touched, and nobody is told or called from the second one, which is gone afterwards.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from embedded.backup import DIRECTORY
from embedded.backups import BackupError, backups_in, restore_backup
from embedded.configuration import PORT_VARIABLES, Configuration, ConfigurationError
from embedded.place import CALLS_NOBODY, Place

MOST_TRIED: Final = 50
"""Open requests that are looked at for one that can be decided."""
ADMIN: Final = "admin1"
"""The demo's administrator, who sees every request."""


def main() -> None:
    """Make the drill; the exit code is 0 if all of it was done."""
    parser = argparse.ArgumentParser(prog="python -m embedded.drill", description=__doc__)
    parser.add_argument(
        "backup", nargs="?", type=Path, help=f"the directory of a backup: the newest one in {DIRECTORY}"
    )
    backup: Path | None = parser.parse_args().backup
    try:
        with tempfile.TemporaryDirectory(prefix="purchase-approval-drill-") as place:
            ports = dict.fromkeys(PORT_VARIABLES, "0")
            configuration = Configuration.from_environment({**ports, "DATA_DIR": f"{place}/data"})
            configuration.prepare()
            began = time.monotonic()
            for done in drill(backup.resolve() if backup else _newest(Path(DIRECTORY).resolve()), configuration):
                print(f"✓ {done}", flush=True)
            print(f"✓ the drill is over, after {time.monotonic() - began:.0f} s; the second place is gone")
    except (BackupError, ConfigurationError, RuntimeError, OSError, asyncpg.PostgresError, httpx.HTTPError) as error:
        sys.exit(f"✗ {error}")


def drill(backup: Path, configuration: Configuration) -> Iterator[str]:
    """Restore, check, decide, check again; what was done, line by line.

    Raises:
        BackupError: something of it is not as it should be.
        RuntimeError: a process does not start.
    """
    yield f"backup: {backup}"
    manifest = restore_backup(backup, configuration)
    yield f"restored as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC: {sum(manifest.rows.values()):,} rows in {len(manifest.rows)} tables"
    place = Place(configuration, CALLS_NOBODY)
    try:
        place.start()
        yield f"checked: {_checked(place, '--restored')}"
        place.start_api()
        yield f"decided: {decide_one(configuration.api_url)}"
        yield f"checked again: {_checked(place)}"
    finally:
        place.stop()


def decide_one(api_url: str) -> str:
    """Approve what waits for somebody, as that person; which request, who, and which step.

    Raises:
        BackupError: nothing waits that anybody can approve.
    """
    with httpx.Client(base_url=f"{api_url}/api/v1", timeout=30, trust_env=False) as http:
        listed = _as(http, ADMIN, "GET", f"/purchase-requests?process_status=in_progress&limit={MOST_TRIED}").json()
        for item in listed["items"]:
            request = _as(http, ADMIN, "GET", f"/purchase-requests/{item['id']}").json()
            step = request["run"]["step"]
            for approver in step["approvers"] if step else ():
                body = {"step": step["key"], "note": "Diễn tập khôi phục"}
                path = f"/purchase-requests/{request['id']}/approve"
                status = _as(http, approver["username"], "POST", path, body).status_code
                if status == 202:
                    raise BackupError(
                        f"{request['number']}: the decision was taken, and its run did not come to it. Are PAYLOAD_KEYS those of the backup?"
                    )
                if status == 200:
                    return f"{request['number']}, {approver['username']}, step {step['key']}"
    raise BackupError(
        "no request of the backup waits for anybody who can approve it, so the drill shows nothing: make one"
    )


def _as(http: httpx.Client, username: str, method: str, path: str, body: Any = None) -> httpx.Response:
    token = http.post("/demo/token", json={"username": username}).json()["access_token"]
    return http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})


def _checked(place: Place, *arguments: str) -> str:
    """The last line of what the check says.

    Raises:
        BackupError: it leaves something for a person to do.
    """
    is_clean, said = place.check(*arguments)
    if not is_clean:
        raise BackupError(f"the check leaves something for a person to do:\n{said}")
    return said.splitlines()[-1]


def _newest(directory: Path) -> Path:
    found = backups_in(directory)
    if not found:
        raise BackupError(f"there is no backup in {directory}: make backup")
    return found[-1]


if __name__ == "__main__":
    main()
