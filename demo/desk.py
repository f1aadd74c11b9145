"""People who use the API one after another, and what each system shows after each step."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import httpx

BASE = "/api/v1"
OUTCOME_SECONDS = 30.0


class StoryError(Exception):
    """A step did not do what the sync table says."""


@dataclass(frozen=True)
class Shown:
    """What the three systems show of a request.

    Attributes:
        crm: the process status.
        run: the run status, with the open step.
        purchasing: the purchase status, with what was received of each line: ``received (8/8, 4/4)``.
    """

    crm: str
    run: str
    purchasing: str


NOTHING = Shown("–", "–", "–")


@dataclass(frozen=True)
class Line:
    """One step of the story: who did what, and what is shown now."""

    who: str
    what_vi: str
    what_en: str
    shown: Shown
    remark: str = ""


@dataclass
class Desk:
    """Where a story is played.

    Args:
        http: a client on the API's address.
    """

    http: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)

    def _line(self, request: dict[str, Any], who: str, vi: str, en: str, remark: str = "") -> Line:
        run = request["run"]
        step = f" @{run['step']['key']}" if run and run["step"] else ""
        received = ", ".join(f"{line['quantity_received']}/{line['quantity']}" for line in request["lines"])
        purchasing = f"{request['purchase_status']} ({received})" if request["purchase_status"] else "–"
        shown = Shown(request["process_status"], f"{run['status']}{step}" if run else "–", purchasing)
        return Line(who, vi, en, shown, remark)

    def _edit(self, request: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The owner's edit of a request as it is."""
        headers = {"If-Match": f'"{request["version"]}"'}
        path = f"/purchase-requests/{request['id']}"
        return self._call(request["owner"]["username"], "PATCH", path, changes, headers=headers)

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._call("admin1", "GET", f"/purchase-requests/{request['id']}")

    def _act(self, request: dict[str, Any], who: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """A decision; if it is taken but not applied at once (202), wait for it."""
        path = f"/purchase-requests/{request['id']}/{action}"
        answer = self._send(who, "POST", path, body)
        deadline = time.monotonic() + OUTCOME_SECONDS
        while answer.status_code == 202 and time.monotonic() < deadline:
            time.sleep(0.5)
            command = self.http.get(answer.headers["Location"], headers=self._headers(who)).json()
            if command["status"] == "applied":
                return self._get(request)
        return self._json(answer, 200, who, path)

    def _attempt(self, request: dict[str, Any], who: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """A decision that must be refused; the problem."""
        answer = self._send(who, "POST", f"/purchase-requests/{request['id']}/{action}", body)
        if answer.status_code < 400:
            raise StoryError(f"{who} {action}: should have been refused")
        problem: dict[str, Any] = answer.json()
        return problem

    def _call(
        self,
        who: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        expected: int = 200,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        return self._json(self._send(who, method, path, body, headers), expected, who, path)

    def _send(
        self, who: str, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return self.http.request(method, BASE + path, json=body, headers=self._headers(who) | (headers or {}))

    def _headers(self, who: str) -> dict[str, str]:
        if who not in self.tokens:
            answer = self.http.post(f"{BASE}/demo/token", json={"username": who})
            self.tokens[who] = self._json(answer, 200, who, "/demo/token")["access_token"]
        return {"Authorization": f"Bearer {self.tokens[who]}", "Accept-Language": "vi"}

    @staticmethod
    def _json(answer: httpx.Response, expected: int, who: str, path: str) -> dict[str, Any]:
        if answer.status_code != expected:
            raise StoryError(f"{who} {path}: {answer.status_code} {answer.text}")
        value: dict[str, Any] = answer.json()
        return value
