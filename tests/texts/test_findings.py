"""What was found is told in both languages, also what an earlier release wrote down."""

import pytest

from texts.findings import _FOUND, finding_remedy, finding_text


def test_statuses_and_actions_are_in_the_language_of_the_reader() -> None:
    facts = {"crm": "in progress", "action": "approve", "actor": "manager1", "at": "2026-11-28 08:00 UTC"}
    assert finding_text("started", facts, "vi").startswith("Đang thực hiện trong CRM")
    assert finding_text("started", facts, "en").startswith("in progress in the CRM")
    assert finding_text("command_given", facts, "vi").startswith("Duyệt của manager1")


def test_a_kind_that_is_not_known_any_more_can_be_read() -> None:
    assert (finding_text("forgotten", {}, "vi"), finding_remedy("forgotten", {}, "vi")) == ("forgotten", "")


def test_systems_and_what_keeps_them_from_being_read_are_in_words() -> None:
    facts = {"system": "amis", "at": "2026-11-28 08:00 UTC", "trouble": "credentials_refused"}
    said = finding_text("orders_not_read", facts, "en")
    assert said == (
        "Orders of AMIS CRM have not been read to the end since 2026-11-28 08:00 UTC: client id and secret are not taken."
    )
    assert "chưa có lần đọc nào hoàn tất" in finding_text("orders_not_read", {**facts, "trouble": ""}, "vi")


def test_one_order_is_told_as_one_and_several_as_several() -> None:
    facts = {"system": "amis", "count": "1", "orders": "DH-7"}
    assert (
        finding_text("orders_parked", facts, "en")
        == "Order DH-7 of AMIS CRM cannot be taken, however often it is tried."
    )
    assert finding_text("orders_parked", facts, "vi") == (
        "Đơn hàng DH-7 của AMIS CRM không lấy về được dù đã thử nhiều lần."
    )
    several = finding_text("orders_parked", {**facts, "count": "12", "orders": "DH-7, DH-8"}, "en")
    assert several == "12 orders of AMIS CRM cannot be taken, however often they are tried, among them DH-7, DH-8."


@pytest.mark.parametrize("kind", [kind.removesuffix(".one") for kind in _FOUND if kind.endswith(".one")])
def test_whatever_is_counted_is_told_as_one_where_there_is_one(kind: str) -> None:
    facts = {"count": "1", "orders": "DH-7", "system": "amis", "at": "2026-11-28 08:00 UTC"}
    for language in ("vi", "en"):
        assert not finding_text(kind, facts, language).startswith("1 ")
        assert finding_text(kind, {**facts, "count": "2"}, language) != finding_text(kind, facts, language)


def test_there_is_a_sentence_for_one_of_everything_that_is_counted() -> None:
    counted = {kind for kind, text in _FOUND.items() if text.startswith("{count} ")}
    assert counted <= {kind.removesuffix(".one") for kind in _FOUND if kind.endswith(".one")}
