"""The overview of an area and the tree below it."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, STREET, SUNNY


@pytest.fixture
def office(sign_in: SignIn, world: World) -> Browser:
    """The sub-district office."""
    return sign_in(world.accounts["office"])


def listed(browser: Browser, query: str = "") -> list[str]:
    page = browser.page(f"/a/{STREET}/areas{query}")
    return [cell.get_text(strip=True) for cell in page.select("td.lead")]


def test_the_overview_counts_and_leads_to_what_it_counts(office: Browser) -> None:
    page = office.page(f"/a/{STREET}/")
    people = page.select_one('a.number-card[href$="/people"]')
    assert people is not None
    assert people.select_one(".number-value").text == "5"  # type: ignore[union-attr]
    rows = {row.a["href"]: row.get_text(" ", strip=True).split() for row in page.select("#areas tbody tr")}  # type: ignore[index]
    assert set(rows) == {f"/a/{HAPPY}/", f"/a/{SUNNY}/"}
    assert rows[f"/a/{HAPPY}/"][-1] == "3"


def test_an_administrator_sees_no_people_on_the_overview(admin: Browser) -> None:
    page = admin.page(f"/a/{STREET}/")
    assert page.select('a[href$="/people"]') == []


def test_everybody_lands_where_their_work_is(sign_in: SignIn, world: World) -> None:
    assert sign_in(world.accounts["worker"]).get("/").location == f"/a/{HAPPY}/"
    assert sign_in(world.accounts["member"]).get("/").location == "/me"
    assert sign_in(world.accounts["nobody"]).page("/").select_one(".empty") is not None


def test_the_tree_is_searched_by_name_and_code(office: Browser) -> None:
    assert listed(office) == ["幸福社区", "第1网格", "第2网格", "阳光社区"]
    assert listed(office, "?q=阳光") == ["阳光社区"]
    assert listed(office, f"?q={HAPPY}002") == ["第2网格"]
    assert listed(office, "?q=%25") == []
    assert listed(office, "?level=grid") == ["第1网格", "第2网格"]


def test_a_list_is_shown_before_it_is_saved(office: Browser) -> None:
    text = f"{SUNNY}\t阳光新村\n{STREET[:9]}003,和平社区\n{HAPPY}  幸福社区\n{STREET[:9]}003001 和平一格"
    preview = office.post(f"/a/{STREET}/areas/add", {"text": text})
    assert preview.status_code == 200
    assert "和平社区" in preview.text
    assert "和平社区" not in listed(office)
    saved = office.post(f"/a/{STREET}/areas/add", {"text": text, "apply": "1"})
    assert saved.status_code == 303
    assert listed(office) == ["幸福社区", "第1网格", "第2网格", "阳光新村", "和平社区", "和平一格"]


def test_a_sheet_with_areas_is_taken_like_a_text(office: Browser) -> None:
    file = (io.BytesIO(f"代码,名称\n{STREET[:9]}003,和平社区\n".encode("gb18030")), "areas.csv")
    preview = office.post(f"/a/{STREET}/areas/add", {"file": file, "text": ""})
    assert preview.status_code == 200
    assert f"{STREET[:9]}003\t和平社区" in preview.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no code here",
        "123 短",
        f"{HAPPY} 幸福\n{HAPPY} 又一个",
        "110101001001 外地社区",
        f"{HAPPY} {'长' * 101}",
    ],
)
def test_a_list_with_a_fault_saves_nothing(office: Browser, text: str) -> None:
    before = listed(office)
    assert office.post(f"/a/{STREET}/areas/add", {"text": text}).status_code == 422
    assert office.post(f"/a/{STREET}/areas/add", {"text": text, "apply": "1"}).status_code in (422, 303)
    if text.count("\n") == 0:
        assert listed(office) == before


def test_a_renamed_code_leads_on(office: Browser) -> None:
    response = office.post(f"/a/{STREET}/areas/{SUNNY}/edit", {"name": "阳光社区", "code": "990101001009"})
    assert response.status_code == 303
    assert office.get(f"/a/{SUNNY}/people").location == "/a/990101001009/people"


def test_a_code_in_use_is_refused_at_its_field(office: Browser) -> None:
    response = office.post(f"/a/{STREET}/areas/{SUNNY}/edit", {"name": "阳光社区", "code": HAPPY})
    assert response.status_code == 422
    assert 'id="code-error"' in response.text


def test_closing_hides_an_area_and_opening_brings_it_back(office: Browser) -> None:
    assert office.post(f"/a/{STREET}/areas/{SUNNY}/close").status_code == 303
    assert "阳光社区" not in listed(office)
    assert "阳光社区" in listed(office, "?closed=all")
    office.post(f"/a/{STREET}/areas/{SUNNY}/reopen")
    assert "阳光社区" in listed(office)


def test_an_area_with_open_areas_below_is_not_closed(office: Browser) -> None:
    response = office.post(f"/a/{STREET}/areas/{HAPPY}/close")
    assert "notice-danger" in office.get(response.location).text
    assert "幸福社区" in listed(office)


def test_the_tree_takes_as_many_statements_for_many_areas_as_for_few(
    app: Flask, office: Browser, world: World
) -> None:
    numbers = []
    for first in (1, 41):
        for path in (f"/a/{STREET}/areas", f"/a/{STREET}/"):
            with counted(app) as statements:
                office.page(path)
            numbers.append(len(statements))
        with app.app_context(), unit_of_work() as session:
            sunny = session.get_one(Area, world.areas["sunny"])
            for number in range(first, first + 40):
                create_area(session, f"{SUNNY}{number:03d}", f"第{number}网格", sunny, SYSTEM)
    assert numbers[:2] == numbers[2:]
    assert max(numbers) <= 25
