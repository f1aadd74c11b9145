"""A form with as many lines as a request may have: what its scripts do for one key does not grow with them, and whatever changes
many lines goes through them once. How long it takes is measured by ``bench/scenarios/form.py``.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from playwright.async_api import expect

from approval.values import MOST_LINES
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.browser.test_lines import PASTE, cell

pytestmark = pytest.mark.browser

FEW: Final = 3
HALF: Final = MOST_LINES // 2

COUNTING: Final = """() => {
    const work = { read: 0, found: 0, searches: 0 };
    const lines = document.getElementById("lines");
    const counted = (prototype, name, counting) => {
        const was = Object.getOwnPropertyDescriptor(prototype, name);
        const how = was.get ? "get" : "value";
        const counter = function (...given) {
            const answer = was[how].apply(this, given);
            counting(this, answer);
            return answer;
        };
        Object.defineProperty(prototype, name, { ...was, [how]: counter });
    };
    counted(HTMLInputElement.prototype, "value", () => (work.read += 1));
    counted(HTMLFormElement.prototype, "elements", (form, all) => (work.found += all.length));
    for (const prototype of [Document.prototype, Element.prototype]) {
        counted(prototype, "querySelectorAll", (root, all) => (work.found += all.length));
        counted(prototype, "querySelector", (root) => (work.searches += root.contains(lines)));
    }
    let changed = [];
    const observer = new MutationObserver((records) => changed.push(...records));
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    window.workDone = () => {
        const changes = [...changed, ...observer.takeRecords()];
        changed = [];
        const done = { ...work, changes: changes.length, elsewhere: [] };
        Object.assign(work, { read: 0, found: 0, searches: 0 });
        done.elsewhere = [...new Set(changes.map(({ target }) => (target.closest ? target : target.parentElement)))]
            .filter((one) => !one.closest("#lines, #total, [data-draft-state]"))
            .map((one) => one.localName);
        return done;
    };
}"""
"""Counts what scripts read of fields, how many elements they are given when they ask for several, how often they search
through more than a line, and what they change in the page. ``workDone()`` gives the counts and begins anew."""

KEPT: Final = """text => Object.keys(localStorage).some(
    (name) => name.startsWith("draft ") && localStorage.getItem(name).includes(JSON.stringify(text))
)"""

ON_THE_SCREEN: Final = """() => [...document.querySelectorAll("#lines [data-place]")].filter(
    (place) => place.checkVisibility({ contentVisibilityAuto: true })
).length"""


async def write(person: Person, lines: int) -> None:
    """A new request with so many lines, pasted, and kept in the browser."""
    page = person.page
    await person.open("/requests/new")
    await page.locator("#purpose").fill("Nhiều dòng")
    rows = "\n".join(f"P-{number}\tHàng {number}\t\t\t1\tCái\t1.000" for number in range(lines))
    await cell(person, 0, "product_code").evaluate(PASTE, rows)
    await expect(page.locator("#lines [data-place]")).to_have_count(lines)
    await page.wait_for_function(KEPT, arg=f"P-{lines - 1}")


async def work_of(person: Person, act: str, *given: Any) -> dict[str, Any]:
    """What scripts do when something is done in the page, by the counts of ``COUNTING``."""
    at_once = f"given => {{ workDone(); ({act})(given); return workDone(); }}"
    done: dict[str, Any] = await person.page.evaluate(at_once, *given)
    return done


async def work_of_a_key(person: Person, line: int, name: str, key: str, then: str) -> dict[str, Any]:
    """The same for one key in a field, and for keeping in the browser that it is ``then``."""
    page = person.page
    await cell(person, line, name).focus()
    await page.evaluate("workDone()")
    await page.keyboard.press(key)
    await page.wait_for_function(KEPT, arg=then)
    done: dict[str, Any] = await page.evaluate("workDone()")
    return done


async def test_a_key_is_as_little_work_in_a_form_of_500_lines_as_in_one_of_few(visit: AtABrowser) -> None:
    found = {}
    for lines in (FEW, MOST_LINES):
        async with visit("sales1") as sales:
            await write(sales, lines)
            await sales.page.evaluate(COUNTING)
            await cell(sales, 0, "unit").press("End")
            await work_of_a_key(sales, 0, "unit", "x", "Cáix")  # what is done once is done
            for place, line in {"first": 0, "middle": lines // 2, "last": lines - 1}.items():
                key = str(line % 7 + 3)  # another one in each place
                await cell(sales, line, "quantity").press("End")
                found[place, lines] = await work_of_a_key(sales, line, "quantity", key, f"1{key}")
            await cell(sales, lines // 2, "description").press("End")
            found["text", lines] = await work_of_a_key(sales, lines // 2, "description", "y", f"Hàng {lines // 2}y")
    few = {place: work for (place, lines), work in found.items() if lines == FEW}
    many = {place: work for (place, lines), work in found.items() if lines == MOST_LINES}
    assert many == few
    for work in many.values():
        assert work["searches"] == 0
        assert work["elsewhere"] == []
        assert work["changes"] <= 10


async def test_what_changes_many_lines_goes_through_them_once(visit: AtABrowser) -> None:
    click = "selector => document.querySelector(selector).click()"
    done: dict[str, dict[int, dict[str, Any]]] = {"add": {}, "remove": {}, "paste": {}}
    async with visit("sales1") as sales:
        for lines in (HALF, MOST_LINES):
            await write(sales, lines - 2)
            await sales.page.evaluate(COUNTING)
            done["add"][lines] = await work_of(sales, click, ".lines-foot [data-add-line]")
            done["remove"][lines] = await work_of(sales, click, "#lines [data-remove-line]")
            await expect(sales.page.locator("#lines [data-place]").last).to_have_text(str(lines - 2))
            await write(sales, 1)
            await sales.page.evaluate(COUNTING)
            rows = "\n".join(f"Q-{number}\tHàng\t\t\t1\tCái\t1.000" for number in range(lines - 1))
            act = f"text => ({PASTE})(document.querySelector('#lines-0-product_code'), text)"
            done["paste"][lines] = await work_of(sales, act, rows)
            await expect(sales.page.locator("#lines [data-place]")).to_have_count(lines)
    counts = ("read", "found", "searches", "changes")
    assert {name: done["add"][MOST_LINES][name] for name in counts} == {
        name: done["add"][HALF][name] for name in counts
    }
    for act in ("remove", "paste"):
        for name in counts:
            assert done[act][MOST_LINES][name] <= 2.1 * done[act][HALF][name] + 10, (act, name)


@pytest.mark.parametrize("width", [390, 1024, 1600])
async def test_lines_that_are_not_on_the_screen_are_not_laid_out(visit: AtABrowser, width: int) -> None:
    async with visit("sales1", phone=width < 500) as sales:
        await sales.page.set_viewport_size({"width": width, "height": 844})
        await write(sales, MOST_LINES)
        assert 0 < await sales.page.evaluate(ON_THE_SCREEN) < MOST_LINES / 5
        await cell(sales, MOST_LINES - 1, "quantity").fill("2")
        await expect(cell(sales, MOST_LINES - 1, "quantity")).to_be_in_viewport()
        await expect(sales.page.locator("#total")).to_contain_text("501.000")
        assert await sales.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
