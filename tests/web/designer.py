"""The process designer as a browser without scripts has it: what its form sends, pressing its buttons, its problems by field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.web.browser import Visitor


class _Fields(HTMLParser):
    """Names and values that the form ``design-form`` of a page would send, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._is_in_form = False
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._option: str | None = None
        self._text: list[str] = []
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_in_form = given.get("id") == "design-form"
        if not self._is_in_form:
            return
        match tag:
            case "input" if given.get("name") and (given.get("type") != "checkbox" or "checked" in given):
                value = given.get("value", "")
                kept = value if given.get("type") == "hidden" else re.sub(r"[\r\n]", "", value)
                self.fields.append((given["name"], kept))
            case "select":
                self._select, self._options = given["name"], []
            case "option" if self._select is not None:
                self._option, self._text = given.get("value"), []
                self._options.append((given.get("value", ""), "selected" in given))
            case "textarea":
                self._textarea, self._text = given["name"], []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self._is_in_form = False
            case "option" if self._select is not None and self._option is None:
                self._options[-1] = ("".join(self._text).strip(), self._options[-1][1])
            case "select" if self._select is not None:
                chosen = [value for value, is_selected in self._options if is_selected]
                self.fields.append((self._select, (chosen or [value for value, _ in self._options])[0]))
                self._select = None
            case "textarea" if self._textarea is not None:
                self.fields.append((self._textarea, "".join(self._text).removeprefix("\n")))
                self._textarea = None


@dataclass
class Designer:
    """An admin in front of the form of one process."""

    admin: Visitor
    address: str
    html: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)

    async def open(self) -> Designer:
        """Open the page."""
        self._show(await self.admin.read(self.address))
        return self

    def _show(self, html: str) -> None:
        self.html = html
        parser = _Fields()
        parser.feed(html)
        self.fields = parser.fields

    def fill(self, **values: str | None) -> None:
        """Fill in fields, ``a0__name_vi="..."`` for ``a0.name_vi``; None unticks a box."""
        for name, value in ((name.replace("__", "."), value) for name, value in values.items()):
            self.fields = [one for one in self.fields if one[0] != name]
            if value is not None:
                self.fields.append((name, value))

    def value(self, name: str) -> str:
        """What stands in a field."""
        return dict(self.fields)[name]

    async def press(self, do: str, status: int = 200) -> httpx.Response:
        """Press a button; what it answers is then what is looked at."""
        data: dict[str, Any] = {}
        for name, value in [*self.fields, *([("do", do)] if do else [])]:
            data.setdefault(name, []).append(value.replace("\n", "\r\n"))
        answer = await self.admin.http.post(self.address, data=data)
        assert answer.status_code == status, answer.text
        if not answer.is_redirect:
            self._show(answer.text)
        return answer

    async def save(self, status: int = 303) -> httpx.Response:
        """Save the draft."""
        return await self.press("", status)

    def problem(self, place: str) -> list[str]:
        """What is said at a field, by its id: ``a0-approvers-1``."""
        found = re.findall(rf'id="{re.escape(place)}-problem">([^<]*)<', self.html)
        return [unescape(text) for text in found]

    @property
    def steps(self) -> list[str]:
        """The ids of the steps, in order."""
        return [value for name, value in self.fields if name == "steps"]

    def text(self) -> str:
        """What people read on the page."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())
