"""Whatever happens to a list while it is read, no row that stays in it is passed over."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.windows import Place, Window, read_on, window_at

MOST = 100
NEW = -1
"""Any row that comes while the list is read."""


class Changing:
    """A list that changes between two readings, as AMIS's does: the newest change first."""

    def __init__(self, rows: int, steps: list[tuple[int, int, int]]) -> None:
        self.rows = list(range(rows))
        self.steps = steps
        self.touched: set[int] = set()

    def stir(self) -> None:
        """New rows come on top, some move to the top, some go."""
        made, moved, gone = self.steps.pop() if self.steps else (0, 0, 0)
        for _ in range(made):
            self.rows.insert(0, NEW)
            self.touched.add(NEW)
        for step in range(moved):
            if self.rows:
                row = self.rows.pop((step * 7919 + moved) % len(self.rows))
                self.rows.insert(0, row)
                self.touched.add(row)
        for step in range(gone):
            if self.rows:
                self.touched.add(self.rows.pop((step * 104729 + gone) % len(self.rows)))


def read(changing: Changing) -> tuple[set[int], int]:
    """Read it to its end; what was read, and in how many pages."""
    place, at_end = Place(), False
    seen: set[int] = set()
    pages = 0
    while not at_end:
        window = window_at(place, MOST)
        rows = changing.rows[window.begin : window.begin + window.size]
        seen |= set(rows)
        pages += 1
        place, at_end = read_on(place, window, len(rows), len(changing.rows))
        changing.stir()
        assert pages < 1000
    return seen, pages


@settings(max_examples=300)
@given(
    st.integers(0, 1500),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 12)), max_size=40),
)
def test_no_row_that_stays_where_it_is_is_passed_over(rows: int, steps: list[tuple[int, int, int]]) -> None:
    changing = Changing(rows, steps)
    seen, _ = read(changing)
    assert set(changing.rows) - changing.touched <= seen


def test_a_list_that_does_not_change_is_read_in_as_few_pages_as_can_be() -> None:
    assert read(Changing(1000, []))[1] == 10
    assert read(Changing(1001, []))[1] == 11
    assert read(Changing(0, []))[1] == 1


def test_one_row_that_goes_costs_one_page() -> None:
    assert read(Changing(1000, [(0, 0, 0)] * 3 + [(0, 0, 1)] + [(0, 0, 0)] * 3))[1] <= 12


def test_a_list_that_gets_shorter_all_the_time_is_read_to_its_end() -> None:
    seen, pages = read(Changing(1000, [(0, 0, 1)] * 100))
    assert len(seen) >= 900
    assert pages < 25


@given(st.integers(0, 100_000), st.integers(0, 25))
def test_a_page_has_the_next_row_and_more_than_what_is_read_again(next_row: int, slack: int) -> None:
    window = window_at(Place(next_row, 100_000, slack), MOST)
    assert window.begin <= max(next_row - slack, 0)
    assert window.begin + window.size > next_row
    assert MOST // 2 <= window.size <= MOST


def test_a_list_that_does_not_say_how_long_it_is_ends_with_a_page_that_is_not_full() -> None:
    assert read_on(Place(), Window(0, 100), 100, None) == (Place(100), False)
    assert read_on(Place(100), Window(1, 100), 99, None) == (Place(199), True)


def test_a_list_that_says_to_have_fewer_rows_than_it_gives_says_nothing() -> None:
    assert read_on(Place(), Window(0, 100), 100, 0) == (Place(100, None, 0), False)
    assert read_on(Place(100, None, 0), Window(1, 100), 50, 0) == (Place(150, None, 0), True)


def test_a_list_that_says_it_has_more_rows_than_it_gives_comes_to_an_end() -> None:
    place, at_end = Place(), False
    for _ in range(3):
        if not at_end:
            place, at_end = read_on(place, window_at(place, 100), 9, 10)
    assert at_end
