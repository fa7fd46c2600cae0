"""Pictures in a real browser: drawn under the policy, told to those who cannot see them, and tables on paper."""

from __future__ import annotations

import pytest

from tests.e2e.live import PHONE, LiveSite, Window

pytestmark = pytest.mark.browser

# Charts with their description, their height, the kinds of patterns in them, and whether their table is folded.
DRAWN = """
() => [...document.querySelectorAll("[data-chart]")].map((figure) => {
  const drawing = figure.querySelector(".chart-drawing");
  return {
    told: (drawing.getAttribute("aria-label") || "").length,
    shapes: drawing.querySelectorAll("svg path").length,
    patterns: drawing.querySelectorAll("svg pattern").length,
    letters: Math.min(...[...drawing.querySelectorAll("text")].map((t) => parseFloat(getComputedStyle(t).fontSize))),
    folded: !figure.parentElement.querySelector("details").open,
  };
})
"""
VISIBLE = "(selector) => [...document.querySelectorAll(selector)].filter((n) => n.checkVisibility()).length"


def figures_page(window: Window) -> str:
    """The address of the figures of the area that the reader works in."""
    href = window.page.get_attribute('#menu a[href$="/figures"]', "href")
    assert href is not None
    return href


@pytest.mark.parametrize("size", [(1280, 800), PHONE])
def test_every_picture_is_drawn_and_told(demo_site: LiveSite, size: tuple[int, int]) -> None:
    with demo_site.enter("worker-lin", size) as window:
        page = window.open(figures_page(window))
        page.wait_for_selector(".chart-drawing svg")
        drawn = page.evaluate(DRAWN)
        assert len(drawn) >= 4
        assert all(one["told"] > 10 and one["shapes"] > 5 and one["patterns"] > 0 for one in drawn), drawn
        assert all(one["letters"] >= 13 and one["folded"] for one in drawn), drawn


def test_pictures_grow_with_large_letters(demo_site: LiveSite) -> None:
    with demo_site.enter("worker-lin", PHONE) as window:
        address = figures_page(window)
        page = window.open(address)
        page.locator('form[action="/letters"] button').last.click()
        page.wait_for_selector("html.big .chart-drawing svg")
        assert all(one["letters"] >= 17 for one in page.evaluate(DRAWN))


def test_paper_shows_tables_and_no_pictures(demo_site: LiveSite) -> None:
    with demo_site.enter("worker-lin") as window:
        page = window.open(figures_page(window))
        page.wait_for_selector(".chart-drawing svg")
        tables = page.locator("details.chart-table").count()
        assert page.evaluate(VISIBLE, "details.chart-table table") == 0
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.evaluate(VISIBLE, "details.chart-table table") == tables
        assert page.evaluate(VISIBLE, ".chart-drawing svg") == 0


def test_without_scripts_the_tables_stand_open(demo_site: LiveSite) -> None:
    with demo_site.enter("worker-lin", scripts=False) as window:
        page = window.open(figures_page(window))
        assert page.locator("details.chart-table[open] table").count() >= 4
        assert page.locator(".chart-drawing:not([hidden])").count() == 0


def test_a_list_stays_a_table_on_paper(demo_site: LiveSite) -> None:
    # A4 between margins of 10 mm is 718 CSS pixels wide, which on a screen would make cards of the rows.
    with demo_site.enter("worker-lin", (718, 1000)) as window:
        page = window.open(figures_page(window).replace("/figures", "/people"))
        row = page.locator("table.list tbody tr").first
        shown = "row => getComputedStyle(row).display"
        assert row.evaluate(shown) == "flex"
        page.emulate_media(media="print")
        assert row.evaluate(shown) == "table-row"
