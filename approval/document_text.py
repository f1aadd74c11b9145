"""The text of a document, YAML or JSON, read into plain values; where that fails, the place in words that people read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import yaml

from approval.model import Code, FieldError, RefusedError, refuse

_YAML_PROBLEMS: Final = (
    ("cannot start any token", "yaml_character"),
    ("mapping values are not allowed here", "yaml_colon"),
    ("could not find expected ':'", "yaml_colon"),
    ("expected <block end>", "yaml_indentation"),
    ("expected ',' or", "yaml_bracket"),
    ("expected the node content", "yaml_bracket"),
    ("found unexpected end of stream", "yaml_quote"),
    ("found unknown escape character", "yaml_quote"),
    ("found undefined alias", "yaml_alias"),
    ("could not determine a constructor", "yaml_tag"),
    ("found another document", "yaml_documents"),
    ("found a repeated key", "yaml_repeated"),
)
"""What the parser says, and the key of the catalogue that says it with the remedy."""

_NEVER_ENDS: Final = ("could not find expected ':'", "unexpected end of stream", "'<stream end>'", "']', but got ':'")
"""What the parser notices only lines later: that something never became complete. Where that begins is the place."""


class _Loader(yaml.SafeLoader):
    """Takes no mapping in which a key stands twice: the first would be left out without a word."""

    @classmethod
    def load(cls, text: str) -> Any:
        """The values of a document; of the safe kinds only, like those of ``yaml.safe_load``."""
        return yaml.load(text, cls)  # noqa: S506 - a safe loader

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """See ``yaml.SafeLoader``."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(problem="found a repeated key", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_yaml(text: str) -> object:
    """The values of a YAML document.

    Raises:
        RefusedError: ``process_invalid``, with line and column (from 1) where the parser knows them.
    """
    # YAML takes 2026-99-99 for a date; Python does not.
    return _read(_Loader.load, text, otherwise="yaml_value")


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

    return json.loads(text, object_pairs_hook=members)


def _read(parse: Callable[[str], Any], text: str, *, otherwise: str) -> object:
    try:
        return parse(text)
    except RecursionError as error:
        raise _unreadable("nested_too_deeply") from error
    except json.JSONDecodeError as error:
        raise _unreadable("json_unreadable", error.lineno, error.colno) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position].split("\n")
        raise _unreadable("control_characters", len(before), len(before[-1]) + 1) from error
    except yaml.MarkedYAMLError as error:
        said = error.problem or ""
        code = next((code for part, code in _YAML_PROBLEMS if part in said), "yaml_unreadable")
        mark = error.problem_mark
        if error.context_mark and any(part in said for part in _NEVER_ENDS):
            mark = error.context_mark
        raise (_unreadable(code, mark.line + 1, mark.column + 1) if mark else _unreadable(code)) from error
    except ValueError as error:
        raise _unreadable(otherwise) from error


def _unreadable(code: str, line: int | None = None, column: int | None = None) -> RefusedError:
    place = {} if line is None else {"line": str(line), "column": str(column)}
    return refuse(Code.PROCESS_INVALID, FieldError(pointer="", message=code, params=place))
