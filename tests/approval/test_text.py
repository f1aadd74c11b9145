"""What a text may hold: mended where that is harmless, refused where it can deceive, the same whichever way it comes."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from approval.field_errors import field_error
from approval.text import first_refused, is_visible, mended
from approval.values import LongText, RequiredText, ShortText
from texts import field_problem

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ma\u0301y ti\u0301nh xa\u0301ch tay", "Máy tính xách tay"),
        ("Kho\u00a0Hà\u202fNội", "Kho Hà Nội"),
        ("\u3000Kho\u2003", "Kho"),
        ("LT\u200b-T14\ufeff", "LT-T14"),
        ("hợp\u00adđồng", "hợpđồng"),
        ("\u200eABC\u200f", "ABC"),
        ("A\u2060B\ufffcC", "ABC"),
        ("A\u200dB", "AB"),
        ("A\ufe0fB", "AB"),
        ("một\r\nhai\rba", "một\nhai\nba"),
        ("một\u2028hai\u2029ba", "một\nhai\nba"),
        ("một  \nhai\t\n", "một\nhai"),
        (f"Chúc mừng {FAMILY} {ENGLAND} \u2764\ufe0f 1\ufe0f\u20e3", f"Chúc mừng {FAMILY} {ENGLAND} \u2764\ufe0f 1\ufe0f\u20e3"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\u845b\U000e0100", "\u845b\U000e0100"),
        ("\u845b\U000e0100\U000e0101\U000e0102", "\u845b\U000e0100"),
    ],
)  # fmt: skip
def test_what_comes_with_pasting_is_mended(typed: str, kept: str) -> None:
    assert mended(typed, lines=True) == kept


def test_what_has_one_line_gets_spaces_for_its_line_ends() -> None:
    assert mended("Kho\r\n  Hà\tNội\u2028\n1\n", lines=False) == "Kho Hà Nội 1"


REFUSED = {
    "control_characters": ["\0", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x80", "\x85", "\x9f"],
    "direction_characters": [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))],
    "hidden_characters": ["\u206a", "\ufff9", "\U000e0001", "\U000e0041", "\U000e007f", "\U000e0fff"],
    "no_characters": ["\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001ffff", "\U0010fffe", "\ud800"],
}


@pytest.mark.parametrize(("kind", "character"), [(kind, one) for kind, found in REFUSED.items() for one in found])
def test_what_can_deceive_is_refused_by_its_name_and_place(kind: str, character: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        mended(f"Trả {character} 9.000", lines=True)
    assert (refused.value.type, refused.value.context) == (
        kind,
        {"character": f"U+{ord(character):04X}", "place": "5"},
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_refusal_names_the_character_its_place_and_the_remedy(language: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(ShortText).validate_python("Trả \u202e000.9")
    error = field_error(refused.value.errors()[0], "/purpose")
    said = field_problem(error.message, error.params, language)
    assert "U+202E" in said
    assert "5" in said
    assert {"vi": "hãy xóa", "en": "delete it"}[language] in said


@pytest.mark.parametrize("tags", ["\U000e0041", "\U000e0067\U000e0062\U000e007f", "\U000e0075\U000e0073\U000e007f"])
def test_no_flag_hides_a_text_in_tags(tags: str) -> None:
    with pytest.raises(PydanticCustomError):
        mended(f"{ENGLAND}\U0001f3f4{tags}", lines=True)


UNSEEN = [" ", "\n\t", "\u200b", "\u00ad", "\u3164", "\u115f\u1160", "\u2800", "\uffa0", "\u0301", "\u200d", "\ufe0f"]


@pytest.mark.parametrize("text", UNSEEN)
def test_what_must_say_something_has_something_to_be_seen(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(RequiredText).validate_python(text)
    assert TypeAdapter(RequiredText).validate_python(f"a{text}").startswith(("a", "á"))


@pytest.mark.parametrize("text", ["a", "ệ", ".", "電", "\U0001f600", ENGLAND, "\ue000", "0"])
def test_letters_signs_and_emoji_are_seen(text: str) -> None:
    assert is_visible(text)


CHARACTERS = st.characters(codec=None) | st.sampled_from(
    "\u0301\u0323\u200c\u200d\ufe0f\u180b\u00ad\u200b\u00a0\u2028\u2029\r\n\t ea\u0645\u0928\u094d\u4e00"
    "\u212a\u1100\u1161\U0001f468\U0001f3f4\U000e0067\U000e007f\U000e0100\u3164\u2800"
)


@given(text=st.text(alphabet=CHARACTERS), lines=st.booleans())
@example(text="e\u00ad\u0301", lines=True)
@example(text="\u212a\ufe0f", lines=True)
@example(text="\u1100\u200b\u1161\ufe0f", lines=False)
@example(text="\u0928\u200d\u200d\u0928", lines=True)
def test_any_text_is_refused_or_brought_to_its_one_form(text: str, lines: bool) -> None:
    refused = first_refused(text)
    if refused is not None:
        assert refused.kind in REFUSED
        with pytest.raises(PydanticCustomError, match=refused.kind):
            mended(text, lines=lines)
        return
    once = mended(text, lines=lines)
    assert mended(once, lines=lines) == once, "what is in its form stays"
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
    assert not set(once) & set("\r\u2028\u2029\u00a0\u00ad\u200b\ufeff")
    assert not any(unicodedata.category(char) in ("Cs", "Zl", "Zp") for char in once)
    assert not {char for char in once if unicodedata.category(char) == "Cc"} - ({"\n", "\t"} if lines else set())
    if is_visible(text):
        assert once, "nothing that is seen is lost"


@given(text=st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))))
def test_what_people_can_see_stays(text: str) -> None:
    seen = [char for char in unicodedata.normalize("NFC", text) if not char.isspace() and char != "\ufffc"]
    assert [char for char in mended(text, lines=True) if not char.isspace()] == seen


@pytest.mark.parametrize(("form", "longest"), [(ShortText, 200), (LongText, 4000)])
def test_a_text_is_measured_in_its_one_form(form: type[str], longest: int) -> None:
    assert TypeAdapter(form).validate_python("e\u0301" * longest) == "é" * longest
    with pytest.raises(ValidationError):
        TypeAdapter(form).validate_python("é" * (longest + 1))


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize(
    "unit",
    [" ", "x" + " " * 999, " \t", "\n ", "e\u0301\u0316" * 3, "\u200d\ufe0f", "\u202f\u00ad", "\U0001f3f4\u200d"],
)
def test_a_text_ten_times_as_long_takes_some_ten_times_as_long(unit: str, lines: bool) -> None:
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        began = time.perf_counter()
        mended(f"a{text}z", lines=lines)
        return time.perf_counter() - began

    few = min(seconds(20_000) for _ in range(5))
    assert min(seconds(200_000) for _ in range(3)) < 40 * few + 0.05


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_letter_does_not_carry_more_marks_than_any_script_needs(language: str) -> None:
    assert mended("a" + "\u0323\u0302" * 15, lines=False)
    with pytest.raises(PydanticCustomError) as refused:
        mended("ab" + "\u0301\u0316" * 500_000, lines=False)
    assert refused.value.type == "stacked_marks"
    said = field_problem(
        "stacked_marks", {key: str(value) for key, value in (refused.value.context or {}).items()}, language
    )
    assert "30" in said
    assert "33" in said
