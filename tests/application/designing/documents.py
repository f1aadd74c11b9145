"""Valid process documents of every kind, for hypothesis; ``test_round_trip.py`` sees to it that they are."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from approval.editable import EditableField
from approval.inputs import InputField

TEXTS = st.text(alphabet="aBđỗ9 \"'\\#:{}[]&%-\n", min_size=1, max_size=12).filter(str.strip)
NAMES = TEXTS | st.fixed_dictionaries({"vi": TEXTS, "en": TEXTS}) | st.fixed_dictionaries({"en": TEXTS, "vi": TEXTS})
WORDS = st.sampled_from(["director1", "manager2", "role.of-some", "Nguyễn Văn An"])
UNITS = st.sampled_from(["bh", "bd", "h"])
TIMES = st.builds(lambda amount, unit: f"{amount}{unit}", st.integers(1, 200), UNITS)
CONDITIONS = st.sampled_from(
    [
        "request.total >= 50000000.0",
        "request.total>=50000000.0 // from fifty million",
        "request.routing_amount < 2.50 && request.currency != 'VND'",
        'request.department == "Kinh doanh" || "FPT" in request.suppliers',
        'lines.exists(line, line.product_category == "Máy chủ") && request.source_type == "opportunity"',
        '(request.total > 1.0 || request.total < 0.5) && request.owner != "sales1"',
        "size(lines) > 3",
        "lines.exists(l, l.unit_price >= 10.0)",
        "true",
        "request.total >= 1.0\n  && request.total <= 2.0",
    ]
)
SOURCES = st.one_of(
    st.builds(lambda levels: {"manager": levels}, st.integers(1, 10)),
    st.builds(lambda role: {"role": role}, WORDS),
    st.builds(lambda user: {"user": user}, WORDS),
    st.just({"matrix": True}),
)
VOTES = st.one_of(
    st.sampled_from(["any", "all"]),
    st.builds(lambda number: {"quorum": number}, st.integers(1, 5)),
    st.builds(lambda part: {"quorum": f"{part}%"}, st.integers(1, 100)),
)


def _ticked(of: Any) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([one.value for one in of]), max_size=4)


@st.composite
def _clocks(draw: st.DrawFn) -> dict[str, Any]:
    """Nothing, a deadline that is only shown, or one that acts."""
    kind = draw(st.sampled_from(["none", "shown", "acts"]))
    if kind == "none":
        return draw(st.sampled_from([{}, {"deadline": None}, {"on_expiry": "none"}]))
    if kind == "shown":
        return {"deadline_hours": draw(st.integers(1, 2000))}
    to = st.one_of(
        st.just("manager"), st.builds(lambda role: {"role": role}, WORDS), st.builds(lambda user: {"user": user}, WORDS)
    )
    stage = st.builds(lambda after, to: {"to": to, "after": after}, TIMES, to)
    clock: dict[str, Any] = {
        "escalate": draw(st.lists(stage, max_size=2)),
        "deadline": draw(TIMES),
        "remind": draw(st.lists(TIMES | st.just("50%"), max_size=3)),
    }
    if draw(st.booleans()):
        clock |= {"expire_after": draw(TIMES), "on_expiry": draw(st.sampled_from(["return", "reject"]))}
    return clock


@st.composite
def _steps(draw: st.DrawFn, key: str, earlier: tuple[str, ...]) -> dict[str, Any]:
    optional = {
        "kind": st.just("approval"),
        "choose": st.booleans(),
        "may_edit": _ticked(EditableField),
        "may_decide_lines": st.booleans(),
        "inputs": _ticked(InputField),
        "tolerance": st.integers(0, 100),
        "decision": VOTES,
    }
    fields = {"key": st.just(key), "name": NAMES, "approvers": st.lists(SOURCES, min_size=1, max_size=3)}
    step = draw(st.fixed_dictionaries(fields, optional=optional)) | draw(_clocks())
    if step.get("choose"):
        step.pop("decision", None)
    if draw(st.booleans()):
        step["when"] = draw(CONDITIONS)
        if draw(st.booleans()):
            step["condition_label"] = draw(NAMES)
    if draw(st.booleans()) and earlier:
        step["may_return_to"] = draw(st.lists(st.sampled_from(earlier), max_size=3))
    return dict(draw(st.permutations(list(step.items()))))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document of version 2, its fields in any order."""
    steps: list[dict[str, Any]] = []
    earlier: tuple[str, ...] = ()
    for number in range(draw(st.integers(1, 4))):
        key = f"step-{number}"
        if draw(st.integers(0, 2)):
            steps.append(draw(_steps(key, earlier)))
            earlier += (key,)
        else:
            keys = tuple(f"{key}-{inner}" for inner in range(draw(st.integers(2, 3))))
            inner = [draw(_steps(one, earlier)) for one in keys]
            steps.append({"name": draw(NAMES), "steps": inner, "kind": "parallel", "key": key})
            earlier += keys
    optional = {
        "description": st.text(alphabet="ab ", max_size=5),
        "repeat_approver": st.sampled_from(["ask", "carry"]),
        "resume": st.sampled_from(["from_start", "delta"]),
        "may_drop": st.booleans(),
        "owner_may_add": st.booleans(),
        "cumulative": st.just([{"window": "10bd", "key": ["supplier", "owner"]}]),
    }
    fields = {
        "schema_version": st.just(2),
        "key": st.just("process-1"),
        "name": NAMES,
        "steps": st.just(steps),
        "matrix": st.just({"matches": "collected"}),
    }
    document = draw(st.fixed_dictionaries(fields, optional=optional))
    return dict(draw(st.permutations(list(document.items()))))
