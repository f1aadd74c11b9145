"""``python -m embedded.amis.connect``: connects the system of ``make run`` to the stand-in, unless an admin has connected it to
something already.
"""

from __future__ import annotations

import os

import httpx

from embedded.amis.server import PREFIX
from embedded.amis.setting import CLIENT_ID, CLIENT_SECRET, WRITTEN_BACK

ADMIN = "admin1"


def main() -> None:
    """By the API, as an admin would."""
    api = f"http://127.0.0.1:{os.environ['API_PORT']}/api/v1"
    with httpx.Client(base_url=api, timeout=30, trust_env=False) as http:
        token = http.post("/demo/token", json={"username": ADMIN}).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        address = f"http://127.0.0.1:{os.environ['AMIS_PORT']}{PREFIX}"
        found = http.get("/connectors/amis").raise_for_status().json()
        if found["connected"] and (found["client_id"] != CLIENT_ID or found["address"] == address):
            return
        access = {"address": address, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        wanted = {**access, "write_back": WRITTEN_BACK}
        http.put("/connectors/amis", json=wanted).raise_for_status()


if __name__ == "__main__":
    main()
