"""The calls of AMIS Open API v2: the token, the pages, the envelope around what is answered, and patience.

What is answered is read with care: 200 may say that nothing was done, a list may come in a list, a token may end early. One
call is made at a time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from connectors.interface import SystemTroubleError
from connectors.web import Answered, UnreachableError, Web

Answer = TypeVar("Answer")

LARGEST_PAGE: Final = 100
_LONGEST_SAID: Final = 300
"""Letters that are kept of what AMIS said was wrong."""
_MOST_PAGES: Final = 30
"""Of a list that is read as a whole."""
_MOST_RECORDS: Final = 1_000_000_000
"""Of a list; whoever says more says nothing."""


@dataclass(frozen=True)
class Resource:
    """Something that AMIS has lists of.

    Attributes:
        path: below the address of the API.
        first_page: the number of its first page.
        says_failed: whether its rows are good although it says ``success: false``.
    """

    path: str
    first_page: int = 0
    says_failed: bool = False


SALE_ORDERS: Final = Resource("SaleOrders")
PRODUCTS: Final = Resource("Products")
CUSTOMERS: Final = Resource("Customers")
STOCKS: Final = Resource("Stocks", says_failed=True)
PRODUCT_LEDGER: Final = Resource("Stocks/product_ledger", first_page=1, says_failed=True)


@dataclass(frozen=True)
class Patience:
    """How long AMIS is waited for.

    Attributes:
        tries: how often a call is made at most, until it is answered.
        first: seconds after the first try; doubled after each further one.
        longest: seconds between two tries at most, whatever AMIS asks for.
    """

    tries: int = 6
    first: float = 1.0
    longest: float = 60.0

    def pause(self, tried: int, wanted: float | None) -> float:
        """Seconds before the next try."""
        return min(wanted if wanted is not None else self.first * 2 ** (tried - 1), self.longest)


class Rows(NamedTuple):
    """Rows of a list, and how many it has on all pages, if AMIS says so."""

    rows: list[dict[str, Any]]
    total: int | None


class _Busy(Exception):
    """AMIS wants to be asked again later."""

    def __init__(self, reason: str, detail: str, after: float | None = None) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail, self.after = reason, detail, after


class _TokenEnded(Exception):
    """AMIS does not take the token any more."""


class AmisClient:
    """Calls AMIS for one company.

    Args:
        web: makes the calls.
        address: of the API, such as ``https://crmconnect.misa.vn/api/v2``.
        client_id: of the company's application.
        client_secret: its secret.
        patience: how long AMIS is waited for.
    """

    def __init__(
        self, web: Web, address: str, client_id: str, client_secret: str, patience: Patience | None = None
    ) -> None:
        self._web = web
        self._address = address.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._patience = patience or Patience()
        self._token = ""
        self._one_call = asyncio.Lock()
        self.calls = 0
        """How often AMIS was called."""

    async def close(self) -> None:
        """Close its connections."""
        await self._web.close()

    async def page(self, resource: Resource, page: int, size: int) -> Rows:
        """One page of a list, the last changed first.

        Args:
            resource: which list.
            page: its number, from 0 whatever AMIS calls it.
            size: rows of a page, ``LARGEST_PAGE`` at most.

        Raises:
            SystemTroubleError: it cannot be had now.
        """
        query = {
            "page": page + resource.first_page,
            "pageSize": size,
            "orderBy": "modified_date",
            "isDescending": "true",
        }
        return await self._rows(resource, f"{resource.path}?{urlencode(query)}")

    async def everything(self, resource: Resource) -> Rows:
        """All rows of a list of which nobody knows from which number its pages are counted, or whether it has any.

        Pages are read from 0 on until one brings nothing new: 0 may be no page, or the same as 1, and each may be the whole list.

        Raises:
            SystemTroubleError: it cannot be had now.
        """
        found: list[dict[str, Any]] = []
        for page in range(_MOST_PAGES):
            query = {"page": page, "pageSize": LARGEST_PAGE}
            answered = await self._rows(resource, f"{resource.path}?{urlencode(query)}")
            new = [row for row in answered.rows if row not in found]
            found += new
            if page > 0 and not new:
                return Rows(found, len(found))
        raise SystemTroubleError("unexpected_answer", f"{resource.path}: more than {_MOST_PAGES} pages")

    async def by_ids(self, resource: Resource, ids: Sequence[str]) -> Rows:
        """Rows by their ids, at most ``LARGEST_PAGE``; those that are not there are left out.

        Raises:
            SystemTroubleError: they cannot be had now.
        """
        return await self._rows(resource, f"{resource.path}/id?ids={quote(','.join(ids), safe=',')}")

    async def put(self, resource: Resource, rows: Sequence[Mapping[str, Any]]) -> list[str | None]:
        """Change fields of records. The same again changes nothing, so that it may be sent again.

        Args:
            resource: of which list they are.
            rows: the id of each, and the fields that are changed.

        Returns:
            What AMIS says was wrong with each; None: it was changed.

        Raises:
            SystemTroubleError: it is not known whether any was changed.
        """
        body = json.dumps(rows, ensure_ascii=False).encode()
        async with self._one_call:
            return await self._ask("PUT", resource.path, partial(_read_results, count=len(rows)), body)

    async def _rows(self, resource: Resource, path: str) -> Rows:
        async with self._one_call:
            return await self._ask("GET", path, partial(_read_rows, resource=resource))

    async def _ask(self, method: str, path: str, read: Callable[[dict[str, Any]], Answer], body: bytes = b"") -> Answer:
        """What is answered; asked for again while AMIS is away or busy, with another token if it wants one."""
        tried, renewed = 0, False
        while True:
            try:
                if not self._token:
                    await self._sign_in()
                return read(_envelope(await self._call(method, path, self._signed(), body)))
            except _TokenEnded as error:
                self._token = ""
                if renewed:
                    raise SystemTroubleError("credentials_refused", "a new token is refused, too") from error
                renewed = True
            except _Busy as busy:
                tried += 1
                if tried >= self._patience.tries:
                    raise SystemTroubleError(busy.reason, busy.detail) from busy
                await asyncio.sleep(self._patience.pause(tried, busy.after))

    async def _sign_in(self) -> None:
        """Get a token; it serves every call until AMIS refuses it."""
        body = json.dumps({"client_id": self._client_id, "client_secret": self._client_secret}).encode()
        answer = await self._call("POST", "Account", {}, body)
        try:
            said = _envelope(answer)
        except _TokenEnded as error:
            raise SystemTroubleError("credentials_refused") from error
        token = said.get("data")
        if said.get("success") is False or not isinstance(token, str) or not token:
            raise SystemTroubleError("credentials_refused", _said(said, secret=self._client_secret))
        if not (token.isascii() and token.isprintable()):
            raise SystemTroubleError("unexpected_answer", "a token that no header can hold")
        self._token = token

    def _signed(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Clientid": self._client_id}

    async def _call(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answered:
        self.calls += 1
        try:
            answer = await self._web.call(method, f"{self._address}/{path}", headers, body)
        except UnreachableError as error:
            raise _Busy("unreachable", str(error)) from error
        if answer.status == 429:
            raise _Busy("too_many_calls", "HTTP 429", _retry_after(answer))
        if answer.status >= 500:
            raise _Busy("server_error", f"HTTP {answer.status}", _retry_after(answer))
        return answer


def _envelope(answer: Answered) -> dict[str, Any]:
    """The envelope of an answer, out of the array that it may come in.

    Raises:
        _TokenEnded: the token is not taken any more.
        SystemTroubleError: this is no answer of AMIS.
    """
    if answer.status == 401:
        raise _TokenEnded
    if answer.status != 200:
        raise SystemTroubleError("unexpected_answer", f"HTTP {answer.status}")
    try:
        said = json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise SystemTroubleError("unexpected_answer", "no JSON") from error
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    if not isinstance(said, dict):
        raise SystemTroubleError("unexpected_answer", "no envelope")
    if said.get("success") is False and said.get("code") == 401:
        raise _TokenEnded
    return said


def _read_rows(said: dict[str, Any], resource: Resource) -> Rows:
    """The rows in an envelope.

    Raises:
        _Busy: AMIS says that it failed.
        SystemTroubleError: there are no rows where they should be.
    """
    data = said.get("data")
    while isinstance(data, list) and len(data) == 1 and isinstance(data[0], list):
        data = data[0]
    if said.get("success") is False and not (resource.says_failed and isinstance(data, list)):
        raise _Busy("says_failed", _said(said))
    rows = data if isinstance(data, list) else [] if data is None else [data]
    if not all(isinstance(row, dict) for row in rows):
        raise SystemTroubleError("unexpected_answer", "rows that are no objects")
    total = said.get("total_records")
    is_number = isinstance(total, int) and not isinstance(total, bool) and 0 <= total <= _MOST_RECORDS
    return Rows(rows, total if is_number else None)


def _read_results(said: dict[str, Any], count: int) -> list[str | None]:
    """What was wrong with each of some records that were to be changed.

    Raises:
        SystemTroubleError: AMIS says that it failed, and not with which. Whoever asked tries again, with fewer of them.
    """
    results = said.get("results")
    rows = results if isinstance(results, list) else []
    wrong = [
        (_said(one) or "success: false") if isinstance(one, dict) and one.get("success") is False else None
        for one in rows
    ]
    if len(rows) == count and any(wrong):
        return wrong
    if said.get("success") is False or any(wrong):
        raise SystemTroubleError("says_failed", _said(said) or next(filter(None, wrong), ""))
    return [None] * count


def _said(said: Mapping[str, Any], secret: str = "") -> str:
    """What AMIS says was wrong, by whichever name it calls that; of a secret that it repeats nothing is kept."""
    names = ("error_message", "ErrorMessage", "user_msg", "dev_msg")
    found = next((str(said[name]) for name in names if said.get(name)), "")
    found = found.replace(secret, "…") if secret else found
    return "".join(char if char.isprintable() else " " for char in found[:_LONGEST_SAID])


def _retry_after(answer: Answered) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3), which may be a time."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)
