"""Vote rules (Cách tính duyệt): how many of those who are asked must approve. Source: processes.md, "Votes"."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, WithJsonSchema

from approval.field_errors import invalid_value
from approval.model import Frozen, Input


class DecisionRule(StrEnum):
    """The kinds of vote rule."""

    ANY = "any"
    ALL = "all"
    QUORUM = "quorum"


class Quorum(Frozen):
    """So many of a step's approvers must approve, or such a part of them."""

    quorum: int | str
    """A number of people, or a percentage as ``60%``."""


VoteRule = Literal[DecisionRule.ANY, DecisionRule.ALL] | Quorum

_PERCENTAGE: Final = re.compile(r"([1-9][0-9]?|100)%")
_MOST: Final = 1000


def _quorum(value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST
    if whole or (isinstance(value, str) and _PERCENTAGE.fullmatch(value)):
        return value
    raise invalid_value("quorum_form")


class QuorumDefinition(Quorum, Input):
    """A quorum in its form."""

    quorum: Annotated[int | str, BeforeValidator(_quorum)]


def _rule(value: object) -> Any:
    """A rule as it is written: ``any``, ``all``, or ``{quorum: 2}``."""
    if isinstance(value, DecisionRule | Quorum):
        return value
    if isinstance(value, str) and value in (DecisionRule.ANY, DecisionRule.ALL):
        return DecisionRule(value)
    if isinstance(value, dict):
        return QuorumDefinition.model_validate(value)
    raise invalid_value("decision_form")


VoteDefinition = Annotated[
    Literal[DecisionRule.ANY, DecisionRule.ALL] | QuorumDefinition,
    BeforeValidator(_rule),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": ["any", "all"]},
                {
                    "type": "object",
                    "properties": {
                        "quorum": {
                            "anyOf": [
                                {"type": "integer", "minimum": 1, "maximum": _MOST},
                                {"type": "string", "pattern": f"^({_PERCENTAGE.pattern})$"},
                            ]
                        }
                    },
                    "required": ["quorum"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""A vote rule from outside."""


def needed(rule: VoteRule, of: int, added: int = 0) -> int:
    """How many approvals a step needs.

    Args:
        rule: its vote rule.
        of: how many are asked. A percentage of them rounds up: of 19, 50 % are 10.
        added: how many of them people have added. They lower no quorum: theirs are needed on top of it.
    """
    if isinstance(rule, Quorum):
        return _quorum_of(rule, of - added) + added
    return of if rule is DecisionRule.ALL else 1


def _quorum_of(rule: Quorum, of: int) -> int:
    if isinstance(rule.quorum, int):
        return rule.quorum
    return -(-of * int(rule.quorum.removesuffix("%")) // 100)


def kind_of(rule: VoteRule) -> DecisionRule:
    """The kind of a rule."""
    return DecisionRule.QUORUM if isinstance(rule, Quorum) else rule
