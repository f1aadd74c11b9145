"""Why another system could not be read, in the reader's language."""

from __future__ import annotations

import pytest

from texts.connectors import trouble_text


@pytest.mark.parametrize(
    ("reason", "detail", "vietnamese", "english"),
    [
        (
            "unreachable",
            "the name is not known",
            "không có trả lời (không tìm thấy tên miền); hãy kiểm tra địa chỉ",
            "no answer (the name is not known); check the address",
        ),
        (
            "unexpected_answer",
            "HTTP 404",
            "câu trả lời không đúng như mong đợi (HTTP 404); hãy kiểm tra địa chỉ",
            "the answer is not the expected one (HTTP 404); check the address",
        ),
        (
            "unexpected_answer",
            "no JSON",
            "câu trả lời không đúng như mong đợi (không phải JSON); hãy kiểm tra địa chỉ",
            "the answer is not the expected one (no JSON); check the address",
        ),
        (
            "unreachable",
            "no answer in time",
            "không có trả lời (không trả lời kịp thời gian)",
            "no answer (no answer in time)",
        ),
        (
            "server_error",
            "HTTP 503",
            "hệ thống bên kia đang gặp lỗi (HTTP 503)",
            "it has an error of its own (HTTP 503)",
        ),
    ],
)
def test_trouble_is_said_in_one_language_and_with_what_to_look_at(
    reason: str, detail: str, vietnamese: str, english: str
) -> None:
    assert trouble_text(reason, detail, "vi") == vietnamese
    assert trouble_text(reason, detail, "en") == english
