"""Conditions of steps: expressions of the Common Expression Language over the facts of a request.

A condition is looked through and tried on sample facts when a process is validated, so that a wrong one is refused
before anybody depends on it. CEL reaches nothing but the facts it is given and has no loops without bounds; that the
bounds are low enough is reckoned before a condition is asked, see approval/condition_work.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, Final

import cel
from pydantic import Field

from approval.condition_text import TEXT, ConditionError, unreadable
from approval.condition_work import LARGEST, MOST_EVALUATIONS, RequestSize, work_of
from approval.model import Frozen


class LineFacts(Frozen):
    """What a condition can ask about one line, as a member of ``lines``."""

    product_code: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    unit: str = ""
    warehouse: str = ""
    supplier: str = ""
    product_category: str = ""
    """Of the product; empty where the CRM knows none."""


class RequestFacts(Frozen):
    """What a condition can ask about a request, as ``request``."""

    owner: str
    department: str = ""
    """Of the owner."""
    owner_roles: tuple[str, ...] = ()
    source_type: str = ""
    """``sales_order``, ``opportunity``, or empty."""
    customer: str = ""
    """Whom the order or opportunity is for, as it has the name; empty without one."""
    currency: str = "VND"
    total: Decimal
    routing_amount: Decimal = Decimal(0)
    """The total, or what requests are added up to that belong together; see approval/cumulation.py."""
    lines: Annotated[Sequence[LineFacts], Field(default_factory=tuple)]

    def variables(self) -> dict[str, Any]:
        """The variables of a condition: ``request`` (with ``suppliers`` and ``product_codes``) and ``lines``."""
        lines = [line.model_dump() for line in self.lines]
        request = self.model_dump(exclude={"lines"}) | {
            "owner_roles": list(self.owner_roles),
            "suppliers": sorted({line.supplier for line in self.lines if line.supplier}),
            "product_codes": sorted({line.product_code for line in self.lines}),
        }
        return {"request": request, "lines": lines}


_READY_LINE: Final = 400
"""Evaluations in whose time one line is made ready."""
_MOST_SAID: Final = 10**15
"""Larger numbers of evaluations say nothing more to anybody."""


class Inquiry:
    """One request's facts, made ready once for all conditions that are asked about them."""

    def __init__(self, facts: RequestFacts) -> None:
        self.facts = facts
        self._context: cel.Context | None = None
        longest = max((len(value) for value in _texts(facts)), default=0)
        self._size = RequestSize(len(facts.lines), max(LARGEST.text, longest))

    def evaluations(self, expressions: Iterable[str]) -> int:
        """The most that asking some conditions would take: those that are asked at all."""
        sum_of_all = len(self.facts.lines) * _READY_LINE
        for expression in expressions:
            try:
                evaluations = work_of(expression, self._size).evaluations
            except ConditionError:
                continue
            sum_of_all += evaluations if evaluations <= MOST_EVALUATIONS else 0
        return sum_of_all

    def holds(self, expression: str) -> bool:
        """Whether a condition holds for the request.

        Raises:
            ConditionError: the expression is wrong, its answer is not true or false, or asking it would take too long.
        """
        work = work_of(expression, self._size)
        if work.evaluations > MOST_EVALUATIONS:
            raise _too_costly(work.evaluations)
        return _answer(_compile(work.expression), self._ready())

    def _ready(self) -> cel.Context:
        if self._context is None:
            self._context = cel.Context(self.facts.variables())
        return self._context


def _texts(facts: RequestFacts) -> Iterator[str]:
    yield from (facts.owner, facts.department, *facts.owner_roles, facts.source_type, facts.customer, facts.currency)
    for line in facts.lines:
        yield from (line.product_code, line.unit, line.warehouse, line.supplier, line.product_category)


def evaluate_condition(expression: str, facts: RequestFacts) -> bool:
    """Whether one condition holds for a request; see ``Inquiry``."""
    return Inquiry(facts).holds(expression)


def _too_costly(evaluations: int) -> ConditionError:
    return ConditionError(
        "condition_too_costly",
        evaluations=str(min(evaluations, _MOST_SAID)),
        allowed=str(MOST_EVALUATIONS),
    )


def condition_errors(expression: str) -> list[ConditionError]:
    """What is wrong with an expression, whatever request it may be asked of; nothing for one that can be used.

    It must parse, name nothing but the facts and functions there are, build no objects, be little enough work for the
    largest request, and answer true or false for the samples. Both sides of each ``&&`` and ``||`` and both branches of
    each ``?`` are tried.
    """
    try:
        program = _compile(expression)
    except ConditionError as error:
        return [error]
    written = expression
    expression = _SAYS_NOTHING.sub(lambda found: "" if found[0].startswith(("//", ",")) else found[0], written)
    named = [*_unknown_functions(program.functions()), *_unknown_facts(expression, program.variables())]
    bare = _TEXT.sub("", expression)
    if "{" in bare:
        named.append(ConditionError("condition_object"))
    if _WHOLE_REQUEST.search(bare):
        named.append(_unknown_fact("request", _FACTS))
    if named:
        return named
    try:
        work = work_of(written, LARGEST)
        if work.evaluations > MOST_EVALUATIONS:
            return [_too_costly(work.evaluations)]
        for sample in (_SAMPLE, _EMPTY_SAMPLE):
            evaluate_condition(written, sample)
    except ConditionError as error:
        return [error]
    return [*_failures_of_parts(expression)][:1]


def _sample(text: str, number: Decimal, lines: int) -> RequestFacts:
    line = LineFacts(
        product_code=text,
        quantity=number,
        unit_price=number,
        amount=number,
        unit=text,
        warehouse=text,
        supplier=text,
        product_category=text,
    )
    return RequestFacts(
        owner=text,
        department=text,
        owner_roles=(text,),
        source_type=text,
        customer=text,
        currency=text,
        total=number,
        routing_amount=number,
        lines=(line,) * lines,
    )


_SAMPLE: Final = _sample("someone", Decimal("1000.5"), 1)
_EMPTY_SAMPLE: Final = _sample("", Decimal(0), 1)
_SAMPLE_OF_PARTS: Final = _sample("1", Decimal(1), 3)
"""Its texts are numerals: a part that reads one as a number has other parts that see to it."""

_FUNCTIONS: Final = {
    "size": "size(x)",
    "contains": "x.contains(y)",
    "startsWith": "x.startsWith(y)",
    "endsWith": "x.endsWith(y)",
    "matches": "x.matches(y)",
    "int": "int(x)",
    "uint": "uint(x)",
    "double": "double(x)",
    "string": "string(x)",
}
"""CEL's functions that ask something about facts, and how each is called; the macros ``has``, ``all``, ... are none."""
_LINE_FACTS: Final = tuple(LineFacts.model_fields)
_REQUEST_FACTS: Final = tuple(_SAMPLE.variables()["request"])
_FACTS: Final = (*(f"request.{fact}" for fact in _REQUEST_FACTS), "lines")

_TEXT = re.compile(TEXT, re.DOTALL)
_SAYS_NOTHING = re.compile(rf"{_TEXT.pattern}|//[^\n]*|,(?=\s*[\])])", re.DOTALL)
"""Comments, and a comma before a closing bracket; texts too, so that none is looked for within them."""
_WHOLE_REQUEST = re.compile(r"(?<![\w.])request\b(?!\s*[.\[])")
_MEMBER_BY_TEXT = re.compile(r"""\[\s*(["'])([A-Za-z_]\w*)\1\s*\]""")
_MACRO_VARIABLE = re.compile(r"\.\s*\w+\s*\(\s*(\w+)\s*,")
"""Of any call, so that an unknown function is told as that and not as an unknown fact besides."""
_ONE_LINE = re.compile(r"(?<![\w.])lines\s*\[[^\]]*\]")
_MEMBER = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\s*\.\s*(\w+)(?!\w|\s*\()")


def _unknown_functions(names: Iterable[str]) -> Iterator[ConditionError]:
    for name in names:
        if name.isidentifier() and name not in _FUNCTIONS:  # operators have names such as _+_
            yield _unknown_function(name)


def _unknown_function(name: str) -> ConditionError:
    return ConditionError("condition_function", function=name, functions=", ".join(_FUNCTIONS.values()))


def _unknown_facts(expression: str, variables: Iterable[str]) -> Iterator[ConditionError]:
    """What an expression asks for and no request has. Whatever a macro such as ``lines.exists(line, ...)`` names is
    taken for a line.
    """
    text = _TEXT.sub("''", _MEMBER_BY_TEXT.sub(r".\2", expression))
    text = _ONE_LINE.sub("a_line", text)
    lines = {"a_line", *_MACRO_VARIABLE.findall(text)}
    for variable in sorted(set(variables) - {"request", "lines"} - lines):
        yield _unknown_fact(variable, _FACTS)
    known = {"request": _REQUEST_FACTS} | dict.fromkeys(lines, _LINE_FACTS)
    for variable, member in dict.fromkeys(_MEMBER.findall(text)):
        if variable in known and member not in known[variable]:
            owner = "lines[0]" if variable == "a_line" else variable
            yield _unknown_fact(f"{owner}.{member}", [f"{owner}.{fact}" for fact in known[variable]])


def _unknown_fact(fact: str, known: Iterable[str]) -> ConditionError:
    by_name = {full.rpartition(".")[2]: full for full in known}
    facts = ", ".join(by_name.values())
    close = get_close_matches(fact.rpartition(".")[2], by_name, 1)
    if not close:
        return ConditionError("condition_fact", fact=fact, facts=facts)
    return ConditionError("condition_fact_close", fact=fact, closest=by_name[close[0]], facts=facts)


_TOKEN = re.compile(rf"{_TEXT.pattern}|\(\s*\)|\[\s*\]|&&|\|\||[()\[\],?:]", re.DOTALL)
_STRICT: Final = {
    "&&": ") <= !(",
    "||": ") <= !(",
    "(": "((",
    ")": "))",
    "[": "[(",
    "]": ")]",
    ",": "),(",
    ":": "):(",
}
_SEEN_TO_ELSEWHERE: Final = (
    "condition_index",
    "condition_division",
    "condition_syntax",
    "condition_incomplete",
    "condition_nested",
)


def _failures_of_parts(expression: str) -> Iterator[ConditionError]:
    """What fails in the parts that ``&&``, ``||`` and ``?`` leave out for the samples.

    ``&&`` and ``||`` are replaced by an operator that takes two booleans and evaluates both, with brackets around its
    sides, and ``?`` by one that takes each branch in turn. What another part may well see to, such as the number of
    lines, is no failure, nor is a rewriting that does not parse.
    """
    for branch in ("true", "false"):
        changes = {**_STRICT, "?": f") == {branch} ? ("}
        every_part = _TOKEN.sub(lambda found, changes=changes: changes.get(found[0], found[0]), expression)  # type: ignore[misc]
        try:
            _answer(_compile(f"({every_part})"), cel.Context(_SAMPLE_OF_PARTS.variables()))
        except ConditionError as error:
            if error.code not in _SEEN_TO_ELSEWHERE:
                yield error


@lru_cache(maxsize=1024)
def _compile(expression: str) -> cel.Program:
    try:
        return cel.compile(expression)
    except Exception as error:
        raise _syntax_error(expression, error) from error


def _syntax_error(expression: str, error: Exception) -> ConditionError:
    """What the parser could not read, or that it is nested too deeply, which the parser finds only in its middle."""
    try:
        work_of(expression, LARGEST)
    except ConditionError as unread:
        if unread.code == "condition_nested":
            return unread
    place = re.search(r"<input>:(\d+):(\d+):", str(error))
    rest = ""
    if place is not None:
        line, column = int(place[1]), int(place[2])
        rest = "".join(expression.splitlines(keepends=True)[line - 1 :])[column - 1 :]
    return unreadable(expression, len(expression) - len(rest))


def _answer(program: cel.Program, context: cel.Context) -> bool:
    try:
        answer = program.execute(context)
    except Exception as error:
        raise _failure(error) from error
    if not isinstance(answer, bool):
        raise ConditionError("condition_answer")
    return answer


def _failure(error: Exception) -> ConditionError:
    """What the evaluator says in English, as a key of the catalogue."""
    match error:
        case KeyError():
            return _unknown_fact(str(error.args[0]), _FACTS)
        case IndexError():
            return ConditionError("condition_index")
        case ZeroDivisionError():
            return ConditionError("condition_division")
        case TypeError():
            return ConditionError("condition_types")
    unknown = re.search(r"Undefined variable or function: '(\w+)'", str(error))
    if unknown:
        return _unknown_function(unknown[1])
    return ConditionError("condition_values")
