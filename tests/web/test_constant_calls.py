"""Texts and icons of templates are worked out when a template is compiled, and are what a call would give."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment

from web.constant_calls import ConstantCalls

SAYS = {"Send": "Gửi", "100%%": "đủ 100%%", "%(number)s sent": "đã gửi %(number)s"}


@pytest.fixture
def asked() -> list[str]:
    """Every text that was looked up."""
    return []


@pytest.fixture
def environment(asked: list[str]) -> Environment:
    """An environment as that of the pages."""

    def look_up(text: str, **params: Any) -> str:
        asked.append(text)
        return SAYS[text] % params

    environment = Environment(autoescape=True, extensions=[ConstantCalls])
    environment.globals["_"] = environment.filters["_"] = look_up
    return environment


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{{ _("Send") }}!', "Gửi!"),
        ("{{ _('Send') ~ '.' }}", "Gửi."),
        ('{{ [_("Send"), _("100%%")]|join(", ") }}', "Gửi, đủ 100%"),
        ('{% set text %}{{ _("Send") }}{% endset %}{{ text }}', "Gửi"),
        ('{% if _("Send") == "Gửi" %}yes{% endif %}', "yes"),
        ('_("Send") outside of an expression', '_("Send") outside of an expression'),
    ],
)
def test_a_text_is_looked_up_once_for_all_pages(
    environment: Environment, asked: list[str], template: str, expected: str
) -> None:
    compiled = environment.from_string(template)
    looked_up = len(asked)

    assert [compiled.render(), compiled.render()] == [expected, expected]
    assert len(asked) == looked_up


def test_a_text_with_parameters_is_asked_for_each_time(environment: Environment) -> None:
    compiled = environment.from_string('{{ _("%(number)s sent", number=number) }}')

    assert [compiled.render(number=1), compiled.render(number=2)] == ["đã gửi 1", "đã gửi 2"]
