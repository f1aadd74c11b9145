"""The text of a document, YAML or JSON, read into plain values; where that fails, the place in words that people read.

The work is bounded by the length of the text: it is read as far as a process could go, and nothing in it stands for
something else in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import yaml

from approval.model import Code, FieldError, RefusedError, refuse
from approval.text import first_refused

LONGEST_DOCUMENT: Final = 100_000
"""Characters."""

MOST_NODES: Final = 10_000
"""Names, values, lists and groups of one document."""

DEEPEST: Final = 32
"""Levels of lists and groups in one another."""

_YAML_PROBLEMS: Final = (
    ("cannot start any token", "yaml_character"),
    ("mapping values are not allowed here", "yaml_colon"),
    ("could not find expected ':'", "yaml_colon"),
    ("expected <block end>", "yaml_indentation"),
    ("expected ',' or", "yaml_bracket"),
    ("expected the node content", "yaml_bracket"),
    ("found unexpected end of stream", "yaml_quote"),
    ("found unknown escape character", "yaml_quote"),
    ("found an anchor or an alias", "yaml_alias"),
    ("found a merge", "yaml_merge"),
    ("found a tag", "yaml_tag"),
    ("could not determine a constructor", "yaml_tag"),
    ("found an endless number", "yaml_value"),
    ("found too many nodes", "document_values"),
    ("found too many levels", "nested_too_deeply"),
    ("found another document", "yaml_documents"),
    ("found a repeated key", "yaml_repeated"),
)
"""What the parser says, and the key of the catalogue that says it with the remedy."""

_NEVER_ENDS: Final = ("could not find expected ':'", "unexpected end of stream", "'<stream end>'", "']', but got ':'")
"""What the parser notices only lines later: that something never became complete. Where that begins is the place."""


_MERGE: Final = "tag:yaml.org,2002:merge"
_NUMBERS: Final = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_LONGEST_NUMBER: Final = 100
"""Characters. YAML has numbers to the base of 60, for which Python takes ever longer."""


class _Loader(yaml.SafeLoader):
    """Takes what a process is written with: no name twice in one mapping, since the first would be left out without a
    word; no anchors, aliases and merges, with which a few lines stand for millions; no tags.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0
        self._level = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """See ``yaml.composer.Composer``; refuses what is not taken before anything is made of it."""
        event: yaml.NodeEvent = self.peek_event()  # type: ignore[no-untyped-call]
        if event.anchor is not None:  # an alias has the name of its anchor
            raise _composer_error("found an anchor or an alias", event)
        if getattr(event, "tag", None) is not None:
            raise _composer_error("found a tag", event)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _composer_error("found too many nodes", event)
        self._level += 1
        if self._level > DEEPEST:
            raise _composer_error("found too many levels", event)
        node = super().compose_node(parent, index)
        self._level -= 1
        if isinstance(node, yaml.ScalarNode):
            if node.tag == _MERGE:
                raise _composer_error("found a merge", event)
            if node.tag in _NUMBERS and len(node.value) > _LONGEST_NUMBER:
                raise _composer_error("found an endless number", event)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """See ``yaml.SafeLoader``."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(problem="found a repeated key", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _composer_error(problem: str, event: yaml.Event) -> yaml.composer.ComposerError:
    return yaml.composer.ComposerError(problem=problem, problem_mark=event.start_mark)  # type: ignore[arg-type]


def read_yaml(text: str) -> object:
    """The values of a YAML document.

    Raises:
        RefusedError: ``process_invalid``, with line and column (from 1) where the parser knows them.
    """
    # YAML takes 2026-99-99 for a date; Python does not.
    return _read(_load_yaml, text, otherwise="yaml_value")


def compose_yaml(text: str) -> yaml.Node | None:
    """The nodes of a YAML document, which know their lines.

    Raises:
        RefusedError: as ``read_yaml``, but for values that are none.
    """
    node: yaml.Node | None = _read(lambda text: yaml.compose(text, _Loader), text, otherwise="yaml_value")
    return node


def _load_yaml(text: str) -> Any:
    return yaml.load(text, _Loader)  # noqa: S506 - a safe loader


def read_json(text: str) -> object:
    """The values of a JSON document.

    Raises:
        RefusedError: ``process_invalid``, with line and column (from 1) where the parser knows them.
    """
    return _read(_load_json, text, otherwise="json_unreadable")


def _load_json(text: str) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object in which no name stands twice: the first would be left out without a word."""
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                error = FieldError(pointer="", message="json_repeated", params={"name": name[:100]})
                raise refuse(Code.PROCESS_INVALID, error)
            found[name] = value
        return found

    values = json.loads(text, object_pairs_hook=members)
    _look_through(values)
    return values


def _look_through(values: Any) -> None:
    """Refuse what is deeper in itself, or more, than a document may be; names are counted as in YAML."""
    nodes, level, this_level = 0, 0, [values]
    while this_level:
        level += 1
        next_level: list[Any] = []
        for value in this_level:
            if isinstance(value, dict):
                nodes += len(value)
                next_level += value.values()
            elif isinstance(value, list):
                next_level += value
        nodes += len(this_level)
        if nodes > MOST_NODES:
            raise _unreadable("document_values")
        if level > DEEPEST:
            raise _unreadable("nested_too_deeply")
        this_level = next_level


def _read(parse: Callable[[str], Any], text: str, *, otherwise: str) -> Any:
    if len(text) > LONGEST_DOCUMENT:
        raise _unreadable("document_long")
    refused = first_refused(text)  # in a comment, too: people read it
    if refused is not None:
        before = text[: refused.place].split("\n")
        raise _unreadable(refused.kind, len(before), len(before[-1]) + 1, character=refused.character)
    try:
        return parse(text)
    except RecursionError as error:
        raise _unreadable("nested_too_deeply") from error
    except json.JSONDecodeError as error:
        raise _unreadable("json_unreadable", error.lineno, error.colno) from error
    except yaml.MarkedYAMLError as error:
        said = error.problem or ""
        code = next((code for part, code in _YAML_PROBLEMS if part in said), "yaml_unreadable")
        mark = error.problem_mark
        if error.context_mark and any(part in said for part in _NEVER_ENDS):
            mark = error.context_mark
        raise (_unreadable(code, mark.line + 1, mark.column + 1) if mark else _unreadable(code)) from error
    except (ValueError, OverflowError) as error:
        raise _unreadable(otherwise) from error


_MOST: Final = {"document_long": LONGEST_DOCUMENT, "document_values": MOST_NODES}


def _unreadable(
    code: str, line: int | None = None, column: int | None = None, *, character: str | None = None
) -> RefusedError:
    params = {} if line is None else {"line": str(line), "column": str(column)}
    if character is not None:
        params |= {"character": character, "place": str(column)}
    if code in _MOST:
        params["most"] = str(_MOST[code])
    return refuse(Code.PROCESS_INVALID, FieldError(pointer="", message=code, params=params))
