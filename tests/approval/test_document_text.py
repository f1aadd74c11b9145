"""A document of a process is read as far as a process could go, and no further: its text bounds the work."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.document_text import DEEPEST, LONGEST_DOCUMENT, MOST_NODES, compose_yaml, read_json, read_yaml
from approval.model import Code, RefusedError
from texts import field_problem

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGED = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def refused(read: Callable[[str], Any], text: str) -> tuple[str, Any]:
    with pytest.raises(RefusedError) as refusal:
        read(text)
    (error,) = refusal.value.refusal.errors
    assert (refusal.value.refusal.code, error.pointer) == (Code.PROCESS_INVALID, "")
    return error.message, error.params


@pytest.mark.parametrize("read", [read_yaml, compose_yaml])
@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("name: x\nkey: &a b", (2, 6), "yaml_alias"),
        ("name: x\nkey: *a", (2, 6), "yaml_alias"),
        ("steps:\n- &a key: b\n- *a", (2, 3), "yaml_alias"),
        ("&a {}", (1, 1), "yaml_alias"),
        (BOMB, (1, 4), "yaml_alias"),
        (MERGED, (1, 4), "yaml_alias"),
        ("steps:\n- <<: {key: a}", (2, 3), "yaml_merge"),
        ("key: <<", (1, 6), "yaml_merge"),
        ('key: !!int ""', (1, 6), "yaml_tag"),
        ("key: !!timestamp x", (1, 6), "yaml_tag"),
        ("key: ! a", (1, 6), "yaml_tag"),
        ("schema_version: 1" + ":1" * 40_000, (1, 17), "yaml_value"),
        ("schema_version: 0x" + "f" * 90_000, (1, 17), "yaml_value"),
        ("[" * 50_000, (1, DEEPEST + 1), "nested_too_deeply"),
        ("- " * 50_000, (1, 2 * DEEPEST + 1), "nested_too_deeply"),
    ],
)
def test_what_no_process_needs_is_refused_at_its_place(
    read: Callable[[str], Any], text: str, place: tuple[int, int], code: str
) -> None:
    line, column = place
    assert refused(read, text) == (code, {"line": str(line), "column": str(column)})
    for language, begins in (("en", f"line {line}, column {column}: "), ("vi", f"dòng {line}, cột {column}: ")):
        said = field_problem(code, {"line": str(line), "column": str(column)}, language)
        assert said.startswith(begins)
        assert code not in said


def test_texts_that_look_like_it_are_texts_in_quotes() -> None:
    text = "key: '*a'\nname: \"&a\"\ndescription: '!x'\n'<<': [a & b, a * b, 'wow!']"
    assert read_yaml(text) == {"key": "*a", "name": "&a", "description": "!x", "<<": ["a & b", "a * b", "wow!"]}


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_a_document_may_be_so_long_and_no_longer(read: Callable[[str], Any]) -> None:
    longest = json.dumps({"key": "x" * (LONGEST_DOCUMENT - 11)})
    assert len(longest) == LONGEST_DOCUMENT
    assert read(longest) == json.loads(longest)
    assert refused(read, longest + " ") == ("document_long", {"most": str(LONGEST_DOCUMENT)})


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_a_document_may_have_so_many_names_and_values_and_no_more(read: Callable[[str], Any]) -> None:
    names = (MOST_NODES - 3) // 2
    document = {"steps": {f"n{number}": number for number in range(names)}}
    assert read(json.dumps(document)) == document
    code, params = refused(read, json.dumps(document | {"key": []}))
    assert (code, params["most"]) == ("document_values", str(MOST_NODES))


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_a_document_may_have_so_many_levels_and_no_more(read: Callable[[str], Any]) -> None:
    deepest = "[" * DEEPEST + "]" * DEEPEST
    assert read(deepest) == json.loads(deepest)
    code, _ = refused(read, f"[{deepest}]")
    assert code == "nested_too_deeply"


@given(text=st.text(alphabet="aе01.:-_ \n\t?[]{},&*!|>'\"%#@`~<=xobT+", max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for read in (read_yaml, compose_yaml, read_json):
        with suppress(RefusedError):
            read(text)
