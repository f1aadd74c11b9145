"""How much work a condition is at most, reckoned from its text before anything of it is evaluated.

The evaluator cannot be interrupted, holds Python's lock while it works, and copies what it touches: a macro copies each
item of its list, ``map`` and ``filter`` copy all they have kept for each further item, and ``matches`` builds its
pattern again every time. So every part of the text is given the evaluations it may take and the size its value may come
to, for a request of some size. One evaluation is about what copying a number takes, 25 to 40 nanoseconds.

The only loops of a condition are its macros, each over a list whose length is known here, so that the sum is finite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from typing import Final, NamedTuple

from approval.condition_text import ConditionError, Kind, Token, tokens, unreadable
from approval.pattern_work import matching_work
from approval.people import MOST_ROLES
from approval.values import MOST_LINES

MOST_EVALUATIONS: Final = 1_000_000
"""What one condition may take: some 30 milliseconds."""
MOST_LEVELS: Final = 20
"""Brackets, calls and branches within each other; every one takes a piece of the evaluator's stack."""
MOST_LINKS: Final = 100
"""Operators, members and calls in a row, which take a smaller piece. ``&&`` and ``||`` take none."""


class RequestSize(NamedTuple):
    """How large a request is, or may become."""

    lines: int
    text: int = 200
    """Characters of its longest text."""


LARGEST: Final = RequestSize(MOST_LINES)


class Work(NamedTuple):
    """What a condition comes to."""

    evaluations: int
    expression: str
    """The condition, with what it only counts counted without being copied."""


@lru_cache(maxsize=1024)
def work_of(expression: str, size: RequestSize) -> Work:
    """The most that a condition may take for a request of some size.

    Raises:
        ConditionError: it is nested too deeply, or cannot be read.
    """
    reader = _Reader(expression, size)
    part = reader.whole()
    for start, end, text in sorted(reader.replaced, reverse=True):
        expression = expression[:start] + text + expression[end:]
    return Work(part.work, expression)


@dataclass(frozen=True, slots=True)
class _Value:
    """What a value may come to: the evaluations that copying it takes, and what is in it."""

    copy: int = 1
    text: int = 0
    length: int = 0
    item: _Value | None = None
    members: Mapping[str, _Value] = field(default_factory=dict)


_NUMBER: Final = _Value()
_LONGEST_NUMBER: Final = 400
"""Digits of a number as a text: those of the smallest fraction."""


def _text(length: int) -> _Value:
    return _Value(copy=2 + length // 512, text=length)


def _list(item: _Value | None, length: int) -> _Value:
    return _Value(copy=2 + length * (item or _NUMBER).copy, length=length, item=item)


def _object(members: Mapping[str, _Value]) -> _Value:
    copy = 1 + sum(3 + member.copy for member in members.values())
    any_member = _one_of(members.values())
    return _Value(copy=copy, length=len(members), item=any_member, members=members)


def _one_of(values: Iterable[_Value]) -> _Value | None:
    return reduce(_either, values, None)


def _either(one: _Value | None, other: _Value | None) -> _Value | None:
    if one is None or other is None or one is other:
        return one or other
    names = {**one.members, **other.members}
    members = {name: _either(one.members.get(name), other.members.get(name)) or _NUMBER for name in names}
    return _Value(
        copy=max(one.copy, other.copy),
        text=max(one.text, other.text),
        length=max(one.length, other.length),
        item=_either(one.item, other.item),
        members=members,
    )


def _facts(size: RequestSize) -> dict[str, _Value]:
    """The variables of a condition; any member that is not named here is a number."""
    text = _text(size.text)
    texts = _list(text, size.lines)
    line = dict.fromkeys(("product_code", "unit", "warehouse", "supplier", "product_category"), text)
    line |= dict.fromkeys(("quantity", "unit_price", "amount"), _NUMBER)
    request = dict.fromkeys(("owner", "department", "source_type", "customer", "currency"), text)
    request |= {"owner_roles": _list(text, MOST_ROLES)}
    request |= {"total": _NUMBER, "routing_amount": _NUMBER, "suppliers": texts, "product_codes": texts}
    return {"request": _object(request), "lines": _list(_object(line), size.lines)}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the expression: what it takes, its value, and how long a chain of parts it is the end of."""

    work: int
    value: _Value = _NUMBER
    links: int = 1
    written: str | None = None
    """The text or number it is, as it is written out."""
    kept: _Kept | None = None
    """What it is a filter of."""


class _Kept(NamedTuple):
    """A filter of which only the number of items may be wanted: counting them takes no copies."""

    work: int
    replaced: tuple[tuple[int, int, str], ...]


_MACROS: Final = frozenset({"all", "exists", "exists_one", "existsOne", "map", "filter"})
_STRENGTH: Final = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!=", "in"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%"), 5),
}
_NO_TEXT: Final = frozenset({"has", "size", "contains", "startsWith", "endsWith", "matches", "int", "uint", "double"})
_OPERATION: Final = 3
_CALL: Final = 7
_STEP: Final = 10
"""Of a macro, for each item, besides what it copies and evaluates."""


class _Reader:
    """Reads an expression by the grammar of CEL and reckons while it reads."""

    def __init__(self, expression: str, size: RequestSize) -> None:
        self._expression = expression
        self._tokens = list(tokens(expression))
        self._at = 0
        self._levels = 0
        self._known = _facts(size)
        self.replaced: list[tuple[int, int, str]] = []

    def whole(self) -> _Part:
        """The expression, to its end."""
        part = self._branches()
        if self._next.kind is not Kind.END:
            raise self._unreadable()
        return replace(part, work=part.work + part.value.copy)

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        if token.kind is Kind.END:
            raise self._unreadable()
        self._at += 1
        return token

    def _takes(self, sign: str) -> bool:
        if self._next.kind is not Kind.SIGN or self._next.text != sign:
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._unreadable()

    def _unreadable(self) -> ConditionError:
        return unreadable(self._expression, self._next.start)

    def _branches(self) -> _Part:
        self._levels += 1
        if self._levels > MOST_LEVELS:
            raise _nested(MOST_LEVELS)
        part = self._operations(0)
        if self._takes("?"):
            then = self._operations(0)
            self._expect(":")
            otherwise = self._branches()
            part = _linked(_OPERATION, part, then, otherwise, value=_either(then.value, otherwise.value))
        self._levels -= 1
        return part

    def _operations(self, weakest: int) -> _Part:
        part = self._signed()
        while (strength := _STRENGTH.get(self._next.text, 0)) > weakest:
            operator = self._take().text
            part = _operation(operator, part, self._operations(strength))
        return part

    def _signed(self) -> _Part:
        signs = 0
        while self._takes("!") or self._takes("-"):
            signs += 1
        part = self._member()
        return _linked(_OPERATION * signs, part) if signs else part

    def _member(self) -> _Part:
        part = self._primary()
        while True:
            if self._takes("["):
                self._takes("?")
                index = self._branches()
                self._expect("]")
                item = part.value.item or _NUMBER
                part = _linked(_OPERATION + item.copy, part, index, value=item)
            elif not self._takes("."):
                return part
            else:
                self._takes("?")
                name = self._name()
                if self._takes("("):
                    part = self._call(name, part)
                else:
                    member = part.value.members.get(name.text, _NUMBER)
                    part = _linked(_OPERATION + member.copy, part, value=member)

    def _name(self) -> Token:
        token = self._take()
        if token.kind is not Kind.NAME:
            self._at -= 1
            raise self._unreadable()
        return token

    def _primary(self) -> _Part:
        if self._takes("("):
            part = self._branches()
            self._expect(")")
            return part
        if self._takes("["):
            items = self._parts("]")
            value = _list(_one_of(item.value for item in items), len(items))
            return _linked(_OPERATION + value.copy, *items, value=value)
        if self._next.kind in (Kind.TEXT, Kind.NUMBER):
            token = self._take()
            value = _text(len(token.text)) if token.kind is Kind.TEXT else _NUMBER
            return _Part(value.copy, value, written=token.text)
        self._takes(".")
        name = self._name()
        if self._takes("("):
            return self._call(name, None)
        return _Part(1, self._known.get(name.text, _NUMBER))

    def _parts(self, closing: str) -> list[_Part]:
        """What stands between commas up to a closing bracket, which a comma may precede."""
        parts: list[_Part] = []
        if self._takes(","):
            self._expect(closing)
            return parts
        while not self._takes(closing):
            self._takes("?")
            parts.append(self._branches())
            if not self._takes(","):
                self._expect(closing)
                break
        return parts

    def _call(self, name: Token, target: _Part | None) -> _Part:
        variable, comma = self._tokens[self._at : self._at + 2] if self._next.kind is Kind.NAME else (None, None)
        if target is not None and variable and name.text in _MACROS and comma and comma.text == ",":
            return self._macro(name, target, variable)
        parts = self._parts(")")
        parts = parts if target is None else [target, *parts]
        if name.text == "size" and len(parts) == 1 and (kept := parts[0].kept):
            self.replaced += kept.replaced
            return _Part(kept.work + _CALL, links=parts[0].links + 1)
        work = _CALL + sum(part.value.text // 8 for part in parts)
        if name.text == "matches":
            work += matching_work(parts[-1].written if len(parts) == 2 else None, parts[0].value.text)
        if name.text == "string":
            return _linked(work, *parts, value=_text(max(_LONGEST_NUMBER, *(part.value.text for part in parts), 0)))
        if name.text in _NO_TEXT:
            return _linked(work, *parts)
        work += sum(part.value.copy for part in parts)  # of a function that conditions do not have, taken for any
        return _linked(work, *parts, value=_one_of(part.value for part in parts))

    def _macro(self, name: Token, target: _Part, variable: Token) -> _Part:
        """A macro over a list. ``map`` and ``filter`` begin with an empty list and copy it, twice, for every item."""
        self._at += 2
        outer, item, length = self._known, target.value.item or _NUMBER, target.value.length
        self._known = {**outer, variable.text: item}
        bodies = self._parts(")")
        self._known = outer
        closing = self._tokens[self._at - 1]
        links = 1 + max(part.links for part in (target, *bodies))
        if links > MOST_LINKS:
            raise _nested(MOST_LINKS)
        work = target.work + length * (_STEP + item.copy + sum(body.work for body in bodies))
        if name.text not in ("map", "filter") or not bodies:
            return _Part(work, links=links)
        kept = item if name.text == "filter" else bodies[-1].value
        value = _list(kept, length)
        part = _Part(work + _collecting(kept, length), value, links)
        if name.text == "map" or len(bodies) != 1:
            return part
        edits = ((name.start, name.start + len(name.text), "map"), (closing.start, closing.start, ", 1"))
        return replace(part, kept=_Kept(work + _collecting(_NUMBER, length), edits))


def _collecting(item: _Value, length: int) -> int:
    return length * (length + 1) * item.copy + length * _STEP


def _nested(levels: int) -> ConditionError:
    return ConditionError("condition_nested", levels=str(levels))


def _linked(work: int, *parts: _Part, value: _Value | None = None) -> _Part:
    """Something made of parts."""
    links = 1 + max((part.links for part in parts), default=0)
    if links > MOST_LINKS:
        raise _nested(MOST_LINKS)
    return _Part(work + sum(part.work for part in parts), value or _NUMBER, links)


def _operation(operator: str, left: _Part, right: _Part) -> _Part:
    copies = left.value.copy + right.value.copy
    if operator in ("&&", "||"):  # whose chains the evaluator balances
        return _Part(left.work + right.work + _OPERATION, links=max(left.links, right.links))
    if _STRENGTH[operator] == _STRENGTH["=="]:
        return _linked(_OPERATION + copies // 4, left, right)
    if operator != "+":
        return _linked(_OPERATION + copies, left, right)  # copied into the message if they do not fit
    value = _Value(
        copy=copies,
        text=left.value.text + right.value.text,
        length=left.value.length + right.value.length,
        item=_either(left.value.item, right.value.item),
    )
    return _linked(_OPERATION + 2 * copies, left, right, value=value)
