"""Who decides a step, why, and what refuses a send. Source: domain.md, decisions 3 to 5."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from approval.conditions import RequestFacts
from approval.model import Code, Reason, Refusal, RefusedError
from approval.process import ByRole, ProcessStep, PurchaseProcess
from approval.routing import Member, RoutedStep, StepPlan, evaluations, plan_round, route
from tests.approval.company import PEOPLE, facts
from tests.approval.parsing import parse_process
from texts import refusal_text


def _route(*approvers: dict[str, Any], owner: str = "sales", **step: Any) -> RoutedStep:
    """A process of one step, routed."""
    document = {
        "key": "purchase",
        "name": "Mua hàng",
        "steps": [{"key": "only", "name": {"vi": "Bước", "en": "Step"}, "approvers": list(approvers), **step}],
    }
    return route(parse_process(document), facts(owner=owner), PEOPLE)[0]


def _people(routed: RoutedStep) -> list[str]:
    return [person.username for person in routed.plan.approvers]


def _refused(*routed: RoutedStep, **choices: str) -> Refusal:
    with pytest.raises(RefusedError) as refused:
        plan_round(routed, choices)
    return refused.value.refusal


def test_a_named_user_approves() -> None:
    routed = _route({"user": "director"})
    assert _people(routed) == ["director"]
    assert routed.plan.why == (Reason(code="named_user", params={"name": "Giám đốc"}),)


def test_everybody_who_holds_the_role_can_approve() -> None:
    routed = _route({"role": "director"})
    assert _people(routed) == ["deputy", "director"]
    assert routed.plan.why == (Reason(code="role", params={"role": "director"}),)


@pytest.mark.parametrize(("levels", "manager"), [(1, "manager"), (2, "director"), (3, "chairman")])
def test_the_owners_manager_is_found_levels_up(levels: int, manager: str) -> None:
    routed = _route({"manager": levels})
    assert _people(routed) == [manager]
    assert routed.plan.why[0].params == {"levels": str(levels), "owner": "Nhân viên"}


def test_above_the_top_there_is_no_manager() -> None:
    assert _refused(_route({"manager": 4})).code is Code.NO_ELIGIBLE_APPROVER


def test_sources_add_up_and_each_reason_is_kept_once() -> None:
    routed = _route({"user": "director"}, {"role": "director"}, {"manager": 1})
    assert _people(routed) == ["deputy", "director", "manager"]
    assert [reason.code for reason in routed.plan.why] == ["role", "named_user", "manager"]


def test_the_owner_is_never_among_the_approvers() -> None:
    assert _people(_route({"role": "director"}, owner="director")) == ["deputy"]


def test_whoever_is_not_active_is_left_out() -> None:
    assert _people(_route({"role": "manager"})) == ["manager"]


@pytest.mark.parametrize(
    ("approvers", "owner"),
    [
        ([{"user": "retired"}], "sales"),
        ([{"user": "stranger"}], "sales"),
        ([{"role": "nobody"}], "sales"),
        ([{"manager": 1}], "chairman"),
        ([{"user": "sales"}], "sales"),
        ([{"role": "sales"}], "sales"),
    ],
)
def test_a_step_that_nobody_can_approve_refuses_the_send_and_names_the_step(
    approvers: list[dict[str, Any]], owner: str
) -> None:
    refusal = _refused(_route(*approvers, owner=owner))
    assert refusal.code is Code.NO_ELIGIBLE_APPROVER
    assert refusal.params == {"step": "only", "step_name_vi": "Bước", "step_name_en": "Step"}


def test_a_step_whose_condition_does_not_hold_is_skipped_and_says_why() -> None:
    routed = _route({"user": "director"}, when="request.total > 999000000.0")
    assert routed.plan.skipped
    assert routed.plan.approvers == ()
    assert routed.plan.why == (
        Reason(
            code="condition_false", params={"condition": "request.total > 999000000.0", "request.total": "125000000"}
        ),
    )


def test_a_skipped_step_needs_nobody() -> None:
    skipped = _route({"user": "stranger"}, when="false", choose=True)
    assert plan_round((skipped, _route({"user": "director"})), {})[0].skipped


def test_a_step_whose_condition_holds_says_so() -> None:
    assert _route({"user": "director"}, when="request.total > 1.0").plan.why[-1].code == "condition_true"


def test_the_words_of_a_condition_go_with_the_reason() -> None:
    label = {"vi": "có giá trị", "en": "it is worth something"}
    for when, code in (("request.total > 1.0", "condition_true"), ("request.total < 1.0", "condition_false")):
        reason = _route({"user": "director"}, when=when, condition_label=label).plan.why[-1]
        assert reason == Reason(
            code=code,
            params={
                "condition": when,
                "condition_vi": "có giá trị",
                "condition_en": "it is worth something",
                "request.total": "125000000",
            },
        )


def test_a_conditional_step_with_nobody_eligible_still_says_why_it_is_needed() -> None:
    routed = _route({"role": "nobody"}, when="request.total > 1.0")
    assert [reason.code for reason in routed.plan.why] == ["condition_true"]
    assert [reason.code for reason in _route({"role": "nobody"}).plan.why] == ["always"]


def test_a_request_to_which_no_step_applies_is_refused() -> None:
    refusal = _refused(_route({"user": "director"}, when="false"))
    assert (refusal.code, refusal.params) == (Code.NO_ELIGIBLE_APPROVER, {"variant": "all_skipped"})


def test_a_condition_that_fails_on_the_request_refuses_the_send_and_names_the_step() -> None:
    document = {
        "key": "purchase",
        "name": "Mua hàng",
        "steps": [
            {"key": "only", "name": "Bước", "approvers": [{"user": "director"}], "when": "lines[0].quantity > 1.0"}
        ],
    }
    (routed,) = route(parse_process(document), facts(lines=()), PEOPLE)
    assert [reason.code for reason in routed.plan.why] == ["condition_unknown"]
    refusal = _refused(routed)
    assert refusal.code is Code.PROCESS_INVALID
    assert (refusal.params["step"], refusal.params["problem"]) == ("only", "condition_index")


def test_a_condition_that_would_take_too_long_refuses_the_send_and_names_the_step() -> None:
    step = ProcessStep(
        key="only",
        name={"vi": "Bước", "en": "Step"},
        approvers=(ByRole(role="director"),),
        when="lines.all(a, lines.all(b, lines.all(c, a.amount + b.amount + c.amount > 0.0)))",
    )
    process = PurchaseProcess(key="purchase", name={"vi": "Mua hàng", "en": "Purchase"}, steps=(step,))
    line = facts().lines[0]
    assert route(process, facts(lines=(line,) * 3), PEOPLE)[0].refusal is None
    (routed,) = route(process, facts(lines=(line,) * 400), PEOPLE)
    assert [reason.code for reason in routed.plan.why] == ["condition_unknown"]
    refusal = _refused(routed)
    assert (refusal.code, refusal.params["step"]) == (Code.CONDITION_TOO_COSTLY, "only")
    assert int(refusal.params["evaluations"]) > int(refusal.params["allowed"])
    said = refusal_text(refusal.code, refusal.params, "en", zone=ZoneInfo("UTC"))[1]
    assert re.match(
        r"Step “Step”: asking the condition could take [0-9,]+ evaluations, and 1,000,000 are allowed;", said
    )


def test_the_facts_are_made_ready_once_for_all_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    made_ready = []
    variables = RequestFacts.variables

    def counted(request: RequestFacts) -> dict[str, Any]:
        made_ready.append(request)
        return variables(request)

    steps = [
        {"key": f"step-{n}", "name": "Bước", "approvers": [{"role": "director"}], "when": f"request.total > {n}.0"}
        for n in range(5)
    ]
    process = parse_process({"key": "purchase", "name": "Mua hàng", "steps": steps})
    monkeypatch.setattr(RequestFacts, "variables", counted)
    route(process, facts(), PEOPLE)
    assert len(made_ready) == 1


def test_routing_is_as_much_work_as_its_conditions() -> None:
    def work(when: str | None, lines: int) -> int:
        document = {
            "key": "purchase",
            "name": "Mua hàng",
            "steps": [{"key": "only", "name": "Bước", "approvers": [{"role": "director"}], "when": when}],
        }
        return evaluations(parse_process(document), facts(lines=(facts().lines[0],) * lines))

    assert work(None, 400) == 0
    assert 0 < work("request.total > 1.0", 1) < 1000
    assert work("lines.map(a, a.amount).size() > 1", 400) > work("request.total > 1.0", 400) > 100_000


def test_the_requester_chooses_one_of_the_eligible() -> None:
    (plan,) = plan_round((_route({"role": "director"}, choose=True),), {"only": "deputy"})
    assert [person.username for person in plan.approvers] == ["deputy"]
    assert plan.why[-1] == Reason(code="chosen_by_requester")


def test_a_missing_choice_names_the_step_and_the_eligible_people() -> None:
    refusal = _refused(_route({"role": "director"}, choose=True))
    assert refusal.code is Code.APPROVER_NOT_CHOSEN
    assert refusal.params["step"] == "only"
    assert refusal.params["people"] == "Phó giám đốc (deputy), Giám đốc (director)"


@pytest.mark.parametrize("choice", ["manager", "sales", "stranger", "retired", ""])
def test_an_ineligible_choice_names_the_step_and_the_eligible_people(choice: str) -> None:
    refusal = _refused(_route({"role": "director"}, {"user": "retired"}, choose=True), only=choice)
    assert refusal.code is Code.APPROVER_NOT_ELIGIBLE
    assert refusal.params["choice"] == choice
    assert refusal.params["people"] == "Phó giám đốc (deputy), Giám đốc (director)"


def test_a_choice_for_a_step_that_lets_nobody_choose_is_refused() -> None:
    assert [error.pointer for error in _refused(_route({"role": "director"}), only="deputy").errors] == [
        "/approvers/only"
    ]


def test_a_choice_for_a_step_that_is_not_there_is_refused() -> None:
    assert _refused(_route({"role": "director"}), other="deputy").errors[0].message == "no_such_step"


def test_a_directory_in_which_managers_go_round_in_a_circle_ends() -> None:
    circle = {
        name: Member(username=name, name=name, manager=manager)
        for name, manager in (("sales", "boss"), ("boss", "sales"))
    }
    process = parse_process(
        {"key": "p", "name": "P", "steps": [{"key": "s", "name": "S", "approvers": [{"manager": 3}]}]}
    )
    assert [person.username for person in route(process, facts(), circle)[0].plan.approvers] == ["boss"]


def test_what_the_process_says_of_a_step_is_kept_with_the_round() -> None:
    plan: StepPlan = _route({"role": "director"}, decision="all", deadline_hours=8, may_edit=["purpose"]).plan
    assert (plan.decision, plan.deadline_hours, plan.may_edit) == ("all", 8, ("purpose",))
