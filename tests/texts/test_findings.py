"""What was found is told in both languages, also what an earlier release wrote down."""

from texts.findings import finding_remedy, finding_text


def test_statuses_and_actions_are_in_the_language_of_the_reader() -> None:
    facts = {"crm": "in progress", "action": "approve", "actor": "manager1", "at": "2026-11-28 08:00 UTC"}
    assert finding_text("started", facts, "vi").startswith("Đang thực hiện trong CRM")
    assert finding_text("started", facts, "en").startswith("in progress in the CRM")
    assert finding_text("command_given", facts, "vi").startswith("Duyệt của manager1")


def test_a_kind_that_is_not_known_any_more_can_be_read() -> None:
    assert (finding_text("forgotten", {}, "vi"), finding_remedy("forgotten", {}, "vi")) == ("forgotten", "")
