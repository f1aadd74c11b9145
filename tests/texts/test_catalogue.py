"""What people read is there in both languages."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

import texts.conditions
import texts.connectors
import texts.domain
import texts.endpoints
import texts.findings
import texts.imports
import texts.mails
import texts.matrix
import texts.notices
import texts.people
import texts.purchasing
import texts.reports
from approval.document_text import _YAML_PROBLEMS
from approval.field_errors import PYDANTIC, UNUSABLE
from approval.model import Code
from problems import STATUS
from texts import (
    action_label,
    explain,
    field_problem,
    negotiate,
    number_text,
    process_status_label,
    refusal_text,
    translate,
)

CATALOGUE = Path(texts.domain.__file__).with_name("vi.po")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


_TABLES = (
    texts.conditions,
    texts.connectors,
    texts.domain,
    texts.endpoints,
    texts.findings,
    texts.imports,
    texts.mails,
    texts.matrix,
    texts.notices,
    texts.people,
    texts.purchasing,
    texts.reports,
)


def _messages() -> set[str]:
    """Every message that code refers to: the tables of ``_TABLES`` and of approval/field_errors.py."""
    found: set[str] = {UNUSABLE, *PYDANTIC.values()}
    tables = [item for module in _TABLES for item in vars(module).items()]
    for name, table in tables:
        if name.startswith("_") and name[1:].isupper() and isinstance(table, dict):
            for value in table.values():
                found |= set(value) if isinstance(value, tuple) else {value}
    return {message for message in found | texts.connectors.DETAILS if message}


def _catalogue() -> dict[str, str]:
    with CATALOGUE.open("rb") as source:
        return {str(message.id): str(message.string) for message in read_po(source) if message.id}


def test_every_message_has_a_vietnamese_text() -> None:
    catalogue = _catalogue()
    assert [message for message in sorted(_messages()) if not catalogue.get(message)] == []


def test_every_code_that_is_raised_for_a_field_is_said_in_words(repository: Path) -> None:
    raised = {code for _, code in _YAML_PROBLEMS}
    for folder in ("approval", "application", "connectors", "crm", "workflows", "api"):
        for path in (repository / folder).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            raised |= set(re.findall(r'(?:invalid_value|ConditionError|_unreadable|wrong_file)\(\s*"(\w+)"', code))
            raised |= set(re.findall(r'\bmessage=f?"([^"]+)"', code))
            raised |= set(re.findall(r'(?:UnreadableFile|Unread|WrongCell)\("(\w+)"', code))
            raised |= set(re.findall(r'\.error\(\w+, [\w."]+, "(\w+)"', code))
    assert len(raised) > 30
    assert [code for code in sorted(raised) if field_problem(code, {}, "en") == code] == []


def test_translations_keep_their_parameters() -> None:
    def parameters(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    wrong = {message for message, text in _catalogue().items() if parameters(message) != parameters(text)}
    assert wrong == set()


@pytest.mark.parametrize("code", sorted(STATUS))
def test_every_code_has_a_text_of_its_own(code: str) -> None:
    for language in ("vi", "en"):
        title, detail = refusal_text(code, {}, language, zone=ZONE)
        assert title != code
        assert detail


def test_an_action_has_one_name_on_its_button_on_the_timeline_and_in_the_status() -> None:
    assert action_label("reject", "vi") == process_status_label("returned", "vi") == "Trả lại"
    assert action_label("reject", "vi", end=True) == "Từ chối và kết thúc"
    assert action_label("cancel", "vi") == "Hủy yêu cầu"
    assert [action_label("send", "vi", again=again) for again in (False, True)] == ["Gửi yêu cầu", "Gửi lại"]
    assert [action_label("reject", "en"), action_label("send", "en", again=True)] == ["Returned", "Sent again"]


def test_a_lost_race_says_who_what_and_when() -> None:
    params = {"variant": "decided", "action": "recall", "actor": "sales1", "at": "2026-11-24T03:05:00+00:00"}
    names = {"sales1": "Nguyễn Văn An"}
    assert refusal_text("step_closed", params, "vi", zone=ZONE, names=names)[1] == (
        "Nguyễn Văn An đã thu hồi trước đó lúc 10:05 ngày 24/11/2026."
    )
    assert refusal_text("step_closed", params, "en", zone=ZONE, names=names)[1] == (
        "Nguyễn Văn An recalled it first on 24 Nov 2026, 10:05."
    )


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "vi"),
        ("", "vi"),
        ("en", "en"),
        ("en-GB,en;q=0.8,vi;q=0.5", "en"),
        ("fr, vi;q=0.3, en;q=0.2", "vi"),
        ("en;q=0, fr", "vi"),
        ("en;q=high", "vi"),
        ("de", "vi"),
    ],
)
def test_the_language_is_the_preferred_one_of_ours(header: str | None, language: str) -> None:
    assert negotiate(header) == language


def test_a_text_with_braces_of_its_own_stays_whole() -> None:
    assert translate("en", "Needed because: {condition}", {"condition": "{a} > 1"}) == "Needed because: {a} > 1"


@pytest.mark.parametrize(
    ("number", "vietnamese", "english"),
    [
        ("12.5", "12,5", "12.5"),
        ("1250.5000", "1.250,5", "1,250.5"),
        ("1000", "1.000", "1,000"),
        ("999999999999.0001", "999.999.999.999,0001", "999,999,999,999.0001"),
    ],
)
def test_a_number_is_written_as_the_language_writes_it(number: str, vietnamese: str, english: str) -> None:
    assert (number_text(Decimal(number), "vi"), number_text(Decimal(number), "en")) == (vietnamese, english)


@pytest.mark.parametrize(
    ("condition", "vietnamese", "english"),
    [
        ("request.total >= 50000000.0", "tổng giá trị từ 50.000.000 trở lên", "the total is 50,000,000 or more"),
        ("request.total > 0.5", "tổng giá trị trên 0,5", "the total is more than 0.5"),
        ("request.total < 1000", "tổng giá trị dưới 1.000", "the total is less than 1,000"),
        ("size(lines) > 3", "size(lines) > 3", "size(lines) > 3"),
    ],
)
def test_a_condition_on_the_total_is_said_in_words(condition: str, vietnamese: str, english: str) -> None:
    assert explain("condition_true", {"condition": condition}, "vi") == f"Cần duyệt vì: {vietnamese}"
    assert explain("condition_true", {"condition": condition}, "en") == f"Needed because: {english}"


def test_a_condition_is_said_in_the_words_that_its_process_has_for_it() -> None:
    params = {"condition": "request.total > 5.0", "condition_vi": "giá trị lớn", "condition_en": "it is worth much"}
    assert explain("condition_false", params, "vi") == "Bỏ qua: chỉ cần khi giá trị lớn"
    assert explain("condition_true", params, "en") == "Needed because: it is worth much"


def test_a_condition_that_fails_is_explained_in_both_languages() -> None:
    params = {"step": "only", "step_name_vi": "Giám đốc", "step_name_en": "Director", "problem": "condition_division"}
    assert "divides by zero" in refusal_text("process_invalid", params, "en", zone=ZONE)[1]
    assert "chia cho 0" in refusal_text("process_invalid", params, "vi", zone=ZONE)[1]


@pytest.mark.parametrize("code", sorted(set(Code) - {Code.NOT_FOUND}))  # which no timeline has
def test_a_refusal_that_others_read_does_not_speak_to_them(code: str) -> None:
    for language, words in (("vi", r"\b[Bb]ạn\b"), ("en", r"\b[Yy](ou|our|ours)\b")):
        detail = refusal_text(code, {}, language, zone=ZONE, to_others=True)[1]
        assert not re.search(words, detail), detail


_OF_THE_API = r"(?i)idempotency|if-match|etag|token|bearer|\berrors\b|_id\b|json|\bmethod\b|header|mã truy cập|phương thức|\bkhóa (này|mới)"


@pytest.mark.parametrize("code", sorted(set(STATUS) - {"if_match_required"}))  # which no page asks for
def test_people_at_the_pages_read_no_words_of_the_api(code: str) -> None:
    for language in ("vi", "en"):
        for said in (
            *refusal_text(code, {}, language, zone=ZONE, at_pages=True),
            refusal_text(code, {}, language, zone=ZONE, to_others=True)[1] if code in set(Code) else "",
        ):
            assert not re.search(_OF_THE_API, said), said
