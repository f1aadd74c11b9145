"""A file is what its name says, or is refused with what to do about it; looking at it takes little, whatever is in it."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from application.attachments import content
from application.attachments.content import MOST_PARTS, MOST_UNPACKED, examine
from approval.attachments import KINDS, LARGEST, MEGABYTE
from approval.model import RefusedError
from tests.files import CSV, JPEG, PDF, PROGRAM, RIGHT, TEXT, archive, office, png, workbook


def why(data: bytes, ending: str) -> str | None:
    """Why a file is refused under a name with this ending; None: it is not."""
    try:
        found = examine(io.BytesIO(data), KINDS[ending])
    except RefusedError as error:
        (wrong,) = error.refusal.errors
        return wrong.message
    assert found.size == len(data)
    return None


@pytest.mark.parametrize("ending", KINDS)
def test_a_file_is_taken_for_what_it_is(ending: str) -> None:
    assert why(RIGHT[ending], ending) is None


@pytest.mark.parametrize("ending", KINDS)
def test_a_file_of_any_other_kind_under_that_name_is_not(ending: str) -> None:
    kind = KINDS[ending]
    others = {
        name: data for name, data in RIGHT.items() if KINDS[name] is not kind and {name, ending} != {"txt", "csv"}
    }
    assert len(others) >= 7
    assert [name for name, data in others.items() if why(data, ending) is None] == []
    for data in (PROGRAM, b"PK\x03\x04" + bytes(100), archive({"a.txt": b"a"}), b"\x1f\x8b\x08" + bytes(50), b"\x00"):
        assert why(data, ending) is not None


@pytest.mark.parametrize(
    ("data", "ending", "message"),
    [
        (b"", "txt", "file_empty"),
        (b"", "pdf", "file_empty"),
        (PROGRAM, "pdf", "file_content"),
        (b" %PDF-1.4", "pdf", "file_content"),
        (PDF, "txt", "file_content"),
        (JPEG, "png", "file_content"),
        ("Báo giá".encode("utf-16"), "txt", "file_text"),
        ("Báo giá".encode("latin-1", "replace") + b"\xe9", "csv", "file_text"),
        (TEXT + b"\x00", "txt", "file_text"),
        (CSV + b"\x1b[2J", "csv", "file_text"),
        ("ế".encode()[:2], "txt", "file_text"),
        (office("xlsx"), "docx", "file_content"),
        (archive({"a.txt": b"a"}), "docx", "file_content"),
        (office()[:-1], "docx", "file_damaged"),
        (office() + b"x", "docx", "file_damaged"),
        (b"PK\x03\x04", "docx", "file_damaged"),
        (office(more={"word/vbaProject.bin": b"x"}), "docx", "file_macros"),
        (office(more={"word/media/a.zip": archive({"b": b"c"})}), "docx", "file_archive"),
        (office(more={"word/media/image1.png": b"Rar!\x1a\x07" + bytes(20)}), "docx", "file_archive"),
        (office(more={"word/embeddings/a.xlsx": archive({"b": b"c"})}), "docx", "file_content"),
        (
            office(more={"word/embeddings/a.docx": office(more={"word/embeddings/b.docx": office()})}),
            "docx",
            "file_archive",
        ),
    ],
)
def test_what_is_wrong_is_said(data: bytes, ending: str, message: str) -> None:
    assert why(data, ending) == message


def test_numbers_behind_a_chart_and_pictures_may_be_in_a_document() -> None:
    more = {"ppt/embeddings/Microsoft_Excel_Sheet.xlsx": workbook(), "ppt/media/image1.png": png(300, 200)}
    assert why(office("pptx", more), "pptx") is None


def test_a_file_that_is_a_byte_too_large_is_refused_and_one_that_is_not_is_taken() -> None:
    assert why(b"a" * LARGEST, "txt") is None
    assert why(b"a" * (LARGEST + 1), "txt") == "file_size"


# Documents that would unpack to very much


def bomb(size: int) -> bytes:
    """A document that unpacks to so many zeros."""
    return office(more={"word/media/zeros.bin": bytes(size)})


def test_a_document_that_unpacks_to_very_much_is_refused_without_unpacking_it() -> None:
    data = bomb(MOST_UNPACKED)
    assert len(data) < MEGABYTE
    tracemalloc.start()
    try:
        assert why(data, "docx") == "file_unpacks"
        assert tracemalloc.get_traced_memory()[1] < 4 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_small_document_may_unpack_to_some_megabytes_and_not_to_a_thousand_times_its_size() -> None:
    assert why(bomb(15 * MEGABYTE), "docx") is None
    assert why(bomb(64 * MEGABYTE), "docx") == "file_unpacks"


def test_what_documents_in_a_document_unpack_to_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    one = office("xlsx", {"xl/media/zeros.bin": bytes(MEGABYTE)})
    data = office("docx", {f"word/embeddings/{number}.xlsx": one for number in range(5)})
    assert why(data, "docx") is None
    monkeypatch.setattr(content, "MOST_UNPACKED", 4 * MEGABYTE)
    assert why(data, "docx") == "file_unpacks"


def test_parts_that_lie_upon_one_another_are_refused() -> None:
    """One stretch of compressed zeros that a thousand entries share: no part says more than is fair, and all of them do."""
    data = bytearray(office(more={"word/media/a.bin": bytes(200_000), "word/media/b.bin": bytes(200_000)}))
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        first, second = made.getinfo("word/media/a.bin"), made.getinfo("word/media/b.bin")
    entry = bytes(data).index(b"PK\x01\x02", second.header_offset)
    for _ in range(3):
        entry = bytes(data).index(b"PK\x01\x02", entry + 1)
    data[entry + 42 : entry + 46] = first.header_offset.to_bytes(4, "little")
    assert why(bytes(data), "docx") == "file_damaged"


def test_a_document_of_very_many_parts_is_refused_before_its_directory_is_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(MOST_PARTS + 1):
            made.writestr(f"word/{number}", b"")
    assert why(file.getvalue(), "docx") == "file_unpacks"
    lying = bytearray(file.getvalue())
    lying[-14:-10] = (3).to_bytes(2, "little") * 2  # says that there are three
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "_MOST_DIRECTORY", 100_000)
        assert why(bytes(lying), "docx") == "file_unpacks"


def test_a_document_with_a_password_is_refused() -> None:
    data = bytearray(office())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = bytes(data).index(mark)
        data[at + place] |= 1
    assert why(bytes(data), "docx") == "file_damaged"
