"""Everything that was asked of the system and everything it answered, with the times of both; what was done to it meanwhile."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from approval.model import Action
from crm.outcomes import id_beside_another


class Result(StrEnum):
    """What an answer says of what was asked."""

    DONE = "done"
    TAKEN = "taken"
    """202: it will be done or refused."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """No answer, or one that says to try again: all of it may have been done, or nothing."""


Named = tuple[str, str, str]
"""A command: its id, action and actor. Others may use its id, too."""

UNVERSIONED = ("allowed_actions", "send_pending", "warnings")
"""What an answer says besides the request itself: it depends on who asks, and on commands that are on their way."""


@dataclass(frozen=True)
class Answer:
    """One answer, or none.

    Attributes:
        asked: when it was asked, seconds.
        came: when the answer came; infinite: it never did.
        status: of HTTP; 0: none.
        code: of a refusal.
        version: of the request that the answer shows, if it shows one.
        digest: of that request; two answers with one version have one.
        replayed: whether it says to be an earlier answer again.
    """

    asked: float
    came: float
    result: Result
    status: int = 0
    code: str = ""
    version: int | None = None
    digest: str = ""
    location: str = ""
    replayed: bool = False
    body: Any = field(default=None, repr=False)

    @classmethod
    def read(cls, asked: float, came: float, response: httpx.Response) -> Answer:
        """An answer of the API, or of what stands before it, whose words are no JSON."""
        body = response.json() if response.content and "json" in response.headers.get("content-type", "") else None
        status = response.status_code
        request = body if status < 300 and isinstance(body, dict) and "process_status" in body else None
        if status >= 500 or status == 429:
            result = Result.UNKNOWN
        elif status >= 400:
            result = Result.REFUSED
        else:
            result = Result.TAKEN if status == 202 else Result.DONE
        return cls(
            asked=asked,
            came=came,
            result=result,
            status=status,
            code=str(body.get("code", "")) if isinstance(body, dict) and status >= 400 else "",
            version=request["version"] if request else None,
            digest=_digest(request) if request else "",
            location=response.headers.get("location", ""),
            replayed="idempotent-replayed" in response.headers,
            body=body,
        )

    @classmethod
    def none(cls, asked: float, why: str) -> Answer:
        """Nobody answered."""
        return cls(asked=asked, came=math.inf, result=Result.UNKNOWN, code=why)


def _digest(request: Any) -> str:
    said = {name: value for name, value in request.items() if name not in UNVERSIONED}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


@dataclass
class Call:
    """Something that somebody wants, asked once or again and again under one id, and all answers to it.

    Attributes:
        client: who asks; one client asks one thing after the other.
        actor: as whom.
        action: ``make``, ``edit``, an action of the timeline, ``event`` (of purchasing), ``read`` or ``outcome``.
        request_id: None: not known yet.
        command_id: by which the action is known on the timeline; None: by none that the client gives.
        signal: whether it is asked of the engine, past the API.
    """

    number: int
    client: str
    actor: str
    action: str
    request_id: str | None = None
    command_id: str | None = None
    said: Any = None
    signal: bool = False
    answers: list[Answer] = field(default_factory=list)

    @property
    def named(self) -> Named:
        """The command that it asks for."""
        return self.command_id or "", self.action, self.actor

    @property
    def recorded_as(self) -> tuple[UUID, UUID]:
        """Under which ids its outcome is recorded: its own or, where another command has that, one of both."""
        assert self.request_id is not None
        own = UUID(self.command_id)
        return own, id_beside_another(UUID(self.request_id), own, Action(self.action), self.actor)

    @property
    def last(self) -> Answer | None:
        return self.answers[-1] if self.answers else None

    @property
    def done(self) -> bool:
        return any(answer.result is Result.DONE for answer in self.answers)

    def __str__(self) -> str:
        of = f" {self.command_id}" if self.command_id else ""
        lines = [
            f"#{self.number} {self.client} as {self.actor}: {'signal ' * self.signal}{self.action}{of} {self.said}"
        ]
        lines += [
            f"    {answer.asked:8.3f} – {answer.came:8.3f}: {answer.result} {answer.status or ''} {answer.code}"
            f"{f' version {answer.version}' if answer.version else ''}{' (replayed)' if answer.replayed else ''}"
            for answer in self.answers
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Restore:
    """A store became what it had been: what was said between is lost, unless something else still knows it.

    Attributes:
        store: ``crm`` or ``engine``.
        copied: from this moment on nothing is in the copy for sure; minus infinity: the store was empty.
        back: from this moment on nothing of what was lost is there any more.
        excused: commands that only the lost store knew.
    """

    store: str
    copied: float
    back: float
    excused: frozenset[Named] = frozenset()


class History:
    """What happened in one round of work and faults."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.calls: list[Call] = []
        self.done_to_it: list[tuple[float, str]] = []
        self.restores: list[Restore] = []

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._begun

    def call(self, client: str, actor: str, action: str, request_id: str | None = None, **fields: Any) -> Call:
        """Write down that somebody is about to ask for something."""
        call = Call(len(self.calls), client, actor, action, request_id, **fields)
        self.calls.append(call)
        return call

    def note(self, what: str) -> None:
        """Write down what is done to the system."""
        self.done_to_it.append((self.now, what))

    def of(self, request_id: str) -> list[Call]:
        """All that was asked of a request."""
        return [call for call in self.calls if call.request_id == request_id]

    def story(self, request_id: str) -> str:
        """All of a request, as it went, for whoever looks for what went wrong."""
        parts = [(call.answers[0].asked if call.answers else math.inf, str(call)) for call in self.of(request_id)]
        parts += [(at, f"{' ' * 8}{at:8.3f}: {what}") for at, what in self.done_to_it]
        return "\n".join(text for _, text in sorted(parts))

    def counts(self) -> dict[str, int]:
        """How many calls there were of each result of their last answer."""
        found = dict.fromkeys(Result, 0)
        for call in self.calls:
            if call.last is not None:
                found[call.last.result] += 1
        return {str(result): number for result, number in found.items()}

    def write(self, path: Path) -> None:
        """Keep it all, one call a line."""
        with path.open("w", encoding="utf-8") as file:
            for line in self._lines():
                file.write(line + "\n")

    def _lines(self) -> Iterator[str]:
        for at, what in self.done_to_it:
            yield json.dumps({"at": at, "done": what})
        for call in self.calls:
            answers = [{**vars(answer), "body": None} for answer in call.answers]
            yield json.dumps({**vars(call), "answers": answers}, default=str, ensure_ascii=False)
