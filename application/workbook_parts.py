"""The parts of a workbook (.xlsx) looked through before a library in native code reads them: that library makes room for
whatever a part claims, a cell far out, a count, one text a thousand times, and dies when there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from approval.model import FieldError
from approval.table import Unread

MOST_LINES: Final = 25_000
"""Lines of a file, empty ones included."""
MOST_COLUMNS: Final = 100
_MOST_CELLS: Final = 500_000
"""Cells, those between them included, and texts that they share: 25,000 lines of 20 columns."""
_MOST_TEXT: Final = 8 * 1024 * 1024
"""Characters in all cells, a text that many share counted for each: 5,000 full rows of a matrix have some 3 million."""
_LONGEST_TEXT: Final = 32_767
"""Characters of a cell; Excel has no longer ones."""

_AT_ONCE: Final = 1024 * 1024
"""Bytes that the parser is given at most: of more it makes pieces of its own, wherever they end."""

Place = tuple[int, int]
"""Line and column of a cell, counted from 1."""

_FOLDER: Final = "xl/"
_BOOK: Final = f"{_FOLDER}workbook.xml"
_TARGETS: Final = f"{_FOLDER}_rels/workbook.xml.rels"

_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_LINE: Final = re.compile(r"[1-9][0-9]{0,6}")
_COUNT: Final = re.compile(r"[0-9]{1,9}")


class WorkbookParts:
    """What the parts of one workbook hold together, looked through one after another."""

    def __init__(self) -> None:
        self._shared: list[int] | None = None
        """Lengths of the texts that cells share."""
        self._references: Counter[int] = Counter()
        """How many cells have each of them."""
        self._cells = 0
        self._text = 0
        self._unread: dict[str, Mapping[Place, Unread]] = {}
        self._first_sheet: str | None = None
        self._targets: dict[str, str] = {}

    def look_through(self, name: str, part: bytes) -> None:
        """Look through one part.

        Raises:
            UnreadableFile: it is no XML as workbooks have it, or has more than is fair.
        """
        if b"\0" in part:  # no XML in UTF-8, but expat would take it for UTF-16, unlike whoever reads it next
            raise no_workbook()
        found = _Part()
        try:
            part.decode()
            found.parse(part)
        except (UnicodeDecodeError, expat.ExpatError) as error:
            raise no_workbook() from error
        self._references += found.references
        self._cells += found.cells
        self._text += found.text
        self._unread[name.lower()] = found.unread
        if name.lower() == _BOOK:
            self._first_sheet = found.first_sheet
        if name.lower() == _TARGETS:
            self._targets = found.targets
        if found.shared is not None:
            if self._shared is not None:
                raise no_workbook()
            self._shared = found.shared

    def require_fair(self) -> None:
        """Refuse a workbook whose parts are too much together.

        Raises:
            UnreadableFile: they are, or a cell has a text that is not there.
        """
        shared = self._shared or []
        if any(index >= len(shared) for index in self._references):
            raise no_workbook()
        text = self._text + sum(shared[index] * times for index, times in self._references.items())
        if text > _MOST_TEXT or self._cells > _MOST_CELLS:
            raise too_large()

    def unread_of_first_sheet(self) -> Mapping[Place, Unread]:
        """The cells of the first sheet that say something of which the library makes a blank, which would mean any.

        Raises:
            UnreadableFile: there is no such sheet.
        """
        target = self._targets.get(self._first_sheet or "", "")
        path = target[1:] if target.startswith("/") else f"{_FOLDER}{target}"
        try:
            return self._unread[path.lower()]
        except KeyError as error:
            raise no_workbook() from error


class _Part:
    """One part, as it is read."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8")
        self.cells = 0
        self.text = 0
        self.references: Counter[int] = Counter()
        self.shared: list[int] | None = None
        self._shared_text = 0
        self.unread: dict[Place, Unread] = {}
        self.first_sheet: str | None = None
        """What the book refers to its first sheet by."""
        self.targets: dict[str, str] = {}
        """What is referred to so."""
        self._line = self._column = 1
        """Of the next cell that does not say where it is."""
        self._place: Place = 1, 1
        self._last_line = self._last_column = 1
        self._cell: Mapping[str, str] | None = None
        self._value: str | None = None
        """Of the cell or of the shared text, as far as it is read."""
        self._length = 0
        self._pieces = 0
        """Those that the value came in: several are one for us, and the first of them for the library."""
        self._reads_value = False
        self._is_index = False
        """Whether the value is the number of a text that cells share."""
        self._is_formula = False

    def parse(self, part: bytes) -> None:
        parser = self._parser
        parser.buffer_text = True
        parser.StartElementHandler = self._started
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._said
        parser.StartDoctypeDeclHandler = self._declared
        parser.StartCdataSectionHandler = self._quoted
        start = 0
        while start < len(part):
            end = start + _AT_ONCE
            if end < len(part):  # after a tag, so that no value comes in pieces which is one
                end = part.rfind(b">", start, end) + 1 or end
            parser.Parse(part[start:end])
            start = end
        parser.Parse(b"", True)

    def _started(self, name: str, attributes: Mapping[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row" if "r" in attributes:
                if _LINE.fullmatch(attributes["r"]) is None:
                    raise no_workbook()
                self._line = int(attributes["r"])
                _require_near(self._line, 1)
            case "c":
                self._cell_started(attributes)
            case "sheet" if self.first_sheet is None:
                named = {key.rpartition(":")[2]: value for key, value in attributes.items()}
                self.first_sheet = named.get("id")
            case "Relationship":
                self.targets[attributes.get("Id", "")] = attributes.get("Target", "")
            case "f":
                self._is_formula = True
            case "sst":
                self.shared = self.shared or []
                given = attributes.get("uniqueCount", "0")
                if _COUNT.fullmatch(given) is None or int(given) > _MOST_CELLS:
                    raise too_large()
            case "si" if self.shared is not None:
                if self._value is not None or len(self.shared) == _MOST_CELLS:
                    raise no_workbook()
                self._value, self._length = "", 0
            case "v":
                self._reads_value = True
                self._parser.buffer_text = not self._is_index
            case _:
                pass

    def _cell_started(self, attributes: Mapping[str, str]) -> None:
        if self._cell is not None:
            raise no_workbook()
        if "r" in attributes:
            place = _CELL.fullmatch(attributes["r"])
            if place is None:
                raise no_workbook()
            line, self._column = int(place[2]), _number(place[1])
        else:
            line = self._line
        self._place = line, self._column
        self._is_formula, self._is_index = False, attributes.get("t") == "s"
        _require_near(line, self._column)
        self._last_line, self._last_column = max(self._last_line, line), max(self._last_column, self._column)
        self.cells += 1
        if max(self.cells, self._last_line * self._last_column) > _MOST_CELLS:
            raise too_large()
        self._cell, self._value, self._length, self._pieces = attributes, "", 0, 0

    def _said(self, text: str) -> None:
        if self._value is None:
            return
        self._length += len(text)
        if self._length > _LONGEST_TEXT:
            raise too_large()
        if self._reads_value:
            self._value += text
            self._pieces += 1
            if self._is_index and self._pieces > 1:
                raise no_workbook()

    def _ended(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._line, self._column = self._line + 1, 1
                _require_near(self._line - 1, 1)
            case "c":
                self._cell_ended()
            case "si" if self.shared is not None:
                self.shared.append(self._length)
                self._shared_text += self._length
                if self._shared_text > _MOST_TEXT:
                    raise too_large()
                self._value = None
            case "v":
                self._reads_value, self._parser.buffer_text = False, True
            case _:
                pass

    def _cell_ended(self) -> None:
        attributes, value = self._cell or {}, self._value or ""
        if self._is_index and value:
            if _COUNT.fullmatch(value) is None:
                raise no_workbook()
            self.references[int(value)] += 1
        else:
            self.text += self._length
            if self.text > _MOST_TEXT:
                raise too_large()
        if attributes.get("t") == "e":
            self.unread[self._place] = Unread("table_cell_error", value)
        elif self._is_formula and not value and attributes.get("t") != "str":
            self.unread[self._place] = Unread("table_cell_formula", "=")
        self._cell = self._value = None
        self._column += 1

    def _quoted(self) -> None:
        if self._reads_value:  # the library would take the cell for a blank one
            raise no_workbook()

    def _declared(self, *_: object) -> None:
        raise no_workbook()


def _require_near(line: int, column: int) -> None:
    """Refuse a cell far out: whoever reads it makes room for all cells before that one."""
    if line > MOST_LINES or column > MOST_COLUMNS:
        raise too_large()


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


class UnreadableFile(Exception):
    """A file that is not what it is taken for, or is larger than is fair.

    Attributes:
        problem: what is wrong with it, in terms of the catalogue.
    """

    def __init__(self, message: str, **params: str) -> None:
        super().__init__(message)
        self.problem = FieldError(pointer="", message=message, params=params)


def no_workbook() -> UnreadableFile:
    """The file is no workbook."""
    return UnreadableFile("table_excel")


def too_large() -> UnreadableFile:
    """The workbook is larger than is fair."""
    return UnreadableFile("table_excel_large")
