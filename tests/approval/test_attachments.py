"""Names and kinds of attached files: no path, nothing that deceives, not too long, and in Vietnamese."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from approval.attachments import KINDS, LONGEST_NAME, clean_name, ending_of
from approval.text import first_refused


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("Báo giá máy tính.pdf", "Báo giá máy tính.pdf"),
        ("BÁO GIÁ.PDF", "BÁO GIÁ.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\Windows\\system.ini.txt", "system.ini.txt"),
        ("C:\\Users\\An\\Báo giá.xlsx", "Báo giá.xlsx"),
        ("/tmp/a/b.png", "b.png"),
        (unicodedata.normalize("NFD", "Hợp đồng số 1.docx"), "Hợp đồng số 1.docx"),
        ('a<b>:c"d|e?f*g.csv', "a_b__c_d_e_f_g.csv"),
        ("...hidden.txt", "hidden.txt"),
        ("  two\r\nlines .jpeg", "two lines.jpeg"),
        ("con.txt", "_con.txt"),
        ("Aux.backup.txt", "_Aux.backup.txt"),
        ("báo\u200b giá\u00ad.pdf", "báo giá.pdf"),
        ("invoice.exe.pdf", "invoice.exe.pdf"),
        ("<script>alert(1)</script>.txt", "script_.txt"),
        ("=1+1.csv", "=1+1.csv"),
    ],
)
def test_a_name_is_kept_as_far_as_it_harms_nobody(sent: str, name: str) -> None:
    assert clean_name(sent) == name


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("Báo giá\u202efdp.exe.pdf", "direction_characters"),
        ("a\u2066b.pdf", "direction_characters"),
        ("a\x00b.pdf", "control_characters"),
        ("a\U000e0041b.pdf", "hidden_characters"),
        ("e" + "\u0301" * 40 + ".pdf", "stacked_marks"),
        ("run.exe", "file_kind"),
        ("archive.zip", "file_kind"),
        ("page.html", "file_kind"),
        ("drawing.svg", "file_kind"),
        ("macros.docm", "file_kind"),
        ("pdf", "file_kind"),
        ("", "file_kind"),
        ("..", "file_kind"),
        (".pdf", "file_name"),
        ("../.pdf", "file_name"),
        ("\u3164.pdf", "file_name"),
        ("a" * 5_000_000 + ".pdf", "file_name"),
    ],
)
def test_a_name_that_deceives_or_says_nothing_is_refused(sent: str, why: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        clean_name(sent)
    assert refused.value.type == why


@pytest.mark.parametrize("letter", ["ế", "e\u0323\u0302", "😀", "a"])
def test_three_hundred_letters_are_cut_at_a_letter_and_the_ending_stays(letter: str) -> None:
    name = clean_name(letter * 300 + ".pdf")
    stem = name.removesuffix(".pdf")
    assert name.endswith(".pdf")
    assert set(stem) == {unicodedata.normalize("NFC", letter)}
    assert LONGEST_NAME - 4 < len(name.encode()) <= LONGEST_NAME


def test_a_letter_is_not_parted_from_its_marks() -> None:
    marked = "x\u0323"  # nothing composes it
    name = clean_name("a" * (LONGEST_NAME - 5) + marked * 100 + ".txt")
    assert name == "a" * (LONGEST_NAME - 5) + ".txt"


@given(st.text(max_size=400), st.sampled_from(sorted(KINDS)))
def test_any_name_is_refused_or_made_harmless_and_then_stays_as_it_is(stem: str, ending: str) -> None:
    try:
        name = clean_name(f"{stem}.{ending}")
    except PydanticCustomError:
        return
    assert clean_name(name) == name
    assert ending_of(name) == ending
    assert len(name.encode()) <= LONGEST_NAME
    assert first_refused(name) is None
    assert not set(name) & set('/\\<>:"|?*\r\n\t')
    assert not name.startswith((".", " "))
