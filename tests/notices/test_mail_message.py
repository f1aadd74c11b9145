"""A mail as bytes says what it was given."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from notices.mail_message import LONGEST_SUBJECT, POLICY, one_line

LONG = "YCMH-2026-000010 được giữ lại vì đơn hàng đã thay đổi; hãy trả lời trước khi có ai duyệt tiếp"


def _read_again(subject: str) -> str:
    message = EmailMessage(policy=POLICY)
    message["Date"] = datetime(2026, 11, 29, tzinfo=UTC)
    message["Subject"] = subject
    written = message.as_bytes()
    assert max(map(len, written.splitlines())) <= 998
    return str(message_from_bytes(written, policy=policy.default)["Subject"])


def test_a_long_subject_keeps_its_spaces() -> None:
    for length in range(1, len(LONG)):
        subject = LONG[:length].strip()
        assert _read_again(subject) == subject


@given(st.text(max_size=LONGEST_SUBJECT).map(one_line).filter(bool))
def test_any_subject_is_read_as_it_was_written(subject: str) -> None:
    assert _read_again(subject) == subject
