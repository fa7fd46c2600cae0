"""The plugin's pages, cards and panels as each role sees them."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people import consent
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.volunteer.place import Place


@pytest.fixture
def engine_name() -> str:
    """One engine: what these ask of the services is tried on both elsewhere."""
    return "sqlite"


JULY = date(2026, 7, 1)


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    """The browsers' sub-district with the plugin switched on, to record in with ``on``."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    return Place(world.areas)


@pytest.fixture
def served(app: Flask, world: World, place: Place) -> Place:
    """李一 (grid 1) served 150 minutes in July and 90 in March, 周二 (grid 2) 60 in July."""
    with app.app_context():
        place.serve(world.person_ids["grid1"], "09:00", "11:30", day=JULY)
        place.serve(world.person_ids["grid1"], "09:00", "10:30", day=date(2026, 3, 7))
        place.serve(world.person_ids["grid2"], "09:00", "10:00", day=JULY)
    return place


def rows_of(page: BeautifulSoup) -> list[list[str]]:
    """The cells of the first list's body."""
    table = page.select_one("table.list tbody")
    assert table is not None
    for rank in table.select("td.lead .d-md-none"):
        rank.decompose()  # repeats the rank on phones
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("td")] for row in table.select("tr")]


def text_of(page: BeautifulSoup) -> str:
    """The page's main text."""
    main = page.select_one("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def test_the_hours_list_shows_names_minutes_and_totals(worker: Browser, served: Place, world: World) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/volunteer/hours")

    assert rows_of(page) == [["1", "李一", "2", "240", "4.00"], ["2", "周二", "1", "60", "1.00"]]
    foot = page.select_one("table.list tfoot")
    assert foot is not None
    assert [cell.get_text().strip() for cell in foot.select("td")] == ["3", "300", "5.00"]


FILTERED = {
    "period=2026-07": [["1", "李一", "1", "150", "2.50"], ["2", "周二", "1", "60", "1.00"]],
    "from=2026-03-01&to=2026-03-31": [["1", "李一", "1", "90", "1.50"]],
    "q=zhou": [["2", "周二", "1", "60", "1.00"]],
    "sub=990101001001002": [["1", "周二", "1", "60", "1.00"]],
    "period=2026-07&q=ly": [["1", "李一", "1", "150", "2.50"]],
}


def test_the_hours_list_follows_its_filters(worker: Browser, served: Place, world: World) -> None:
    address = f"/a/{world.codes['happy']}/volunteer/hours"
    assert {query: rows_of(worker.page(f"{address}?{query}")) for query in FILTERED} == FILTERED


def test_a_filter_that_cannot_be_read_is_named_and_all_time_shown(
    worker: Browser, served: Place, world: World
) -> None:
    for query in ("period=2026-13", "from=31.3.2026", "from=2026-03-02&to=2026-03-01"):
        page = worker.page(f"/a/{world.codes['happy']}/volunteer/hours?{query}")

        assert page.select_one(".notice-danger") is not None, query
        assert len(rows_of(page)) == 2, query


def test_an_empty_list_offers_the_way_back(worker: Browser, served: Place, world: World) -> None:
    for query in ("q=nobody", "page=9", "period=2020"):
        page = worker.page(f"/a/{world.codes['happy']}/volunteer/hours?{query}")
        assert page.select_one(".empty .actions a") is not None, query


def test_people_who_wait_are_announced_above_the_list(
    app: Flask, worker: Browser, served: Place, world: World
) -> None:
    with app.app_context():
        served.serve(world.person_ids["grid2"], "14:00", "15:00", title="later", day=JULY, derive=False)
    page = worker.page(f"/a/{world.codes['happy']}/volunteer/hours")

    assert page.select_one(".notice-warning") is not None
    assert [bool(row.select(".badge-wait")) for row in page.select("table.list tbody tr")] == [False, True]


def test_staff_see_names_in_the_ranking_and_members_see_them_masked(
    worker: Browser, sign_in: SignIn, served: Place, world: World
) -> None:
    staff = worker.page(f"/a/{world.codes['happy']}/volunteer/ranking?period=2026-07")
    member = sign_in(world.accounts["member"]).page(f"/a/{world.codes['grid1']}/volunteer/ranking?period=all")

    assert [row[1] for row in rows_of(staff)] == ["李一", "周二"]
    assert [row[1].split()[0] for row in rows_of(member)] == ["李一"]
    assert "4.00" in text_of(member)


def test_the_ranking_masks_everybody_but_the_reader(
    app: Flask, sign_in: SignIn, served: Place, world: World
) -> None:
    with app.app_context():
        others = {name: served.person(name, area="grid1") for name in ("吴三", "郑四")}
        for person in others.values():
            served.serve(person, "09:00", "09:30", day=JULY)
        with unit_of_work(drain=False) as session:
            agreeing = session.get_one(Person, others["郑四"])
            agreeing.birth_date = date(1980, 1, 1)
            consent.give(session, agreeing, "ranking", "1", "paper", SYSTEM)
    page = sign_in(world.accounts["member"]).page(
        f"/a/{world.codes['grid1']}/volunteer/ranking?period=2026-07"
    )

    assert [row[1] for row in rows_of(page)] == ["李一 本人", "吴*", "郑*"]
    assert page.select("td.lead a") == []
    assert "吴三" not in page.get_text()


def test_the_report_keeps_people_and_person_times_apart(worker: Browser, served: Place, world: World) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/volunteer/report?period=2026")
    areas, months = page.select("table.list")

    assert [[c.get_text().strip() for c in row.select("td")] for row in areas.select("tbody tr")] == [
        ["第1网格", "0", "1", "2", "4.00"],
        ["第2网格", "0", "1", "1", "1.00"],
    ]
    assert [[c.get_text().strip() for c in row.select("td")] for row in months.select("tbody tr")] == [
        ["2026年3月", "1", "1", "1.50"],
        ["2026年7月", "2", "2", "3.50"],
    ]
    assert [c.get_text().strip() for c in months.select("tfoot td")] == ["2", "3", "5.00"]


def test_my_hours_show_totals_each_entry_and_what_waits(
    app: Flask, sign_in: SignIn, served: Place, world: World
) -> None:
    person = world.person_ids["grid1"]
    with app.app_context():
        served.serve(person, "11:00", "12:30", title="overlapping", day=JULY)
        served.serve(person, "14:00", "15:30", title="unconfirmed", day=JULY, confirm=False)
        served.serve(person, "16:00", "17:00", title="not derived", day=JULY, derive=False)
    page = sign_in(world.accounts["member"]).page("/me/volunteer")
    rows = {row[0].split()[0]: row for row in rows_of(page)}

    assert [card.get_text() for card in page.select(".own-total, .number-value")] == [
        "5.00 小时",
        "5.00",
        "3.50",
    ]
    assert rows["overlapping"][-1] == "1.00"
    assert "90" in rows["overlapping"][2]
    assert "重叠" in rows["overlapping"][2]
    assert "将计 1.50 小时" in rows["unconfirmed"][-1]
    assert [bool(row.select(".badge-wait")) for row in page.select("table.list tbody tr")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert page.select_one(".notice-warning") is not None


def test_hours_that_wait_are_never_shown_as_a_zero(
    app: Flask, sign_in: SignIn, place: Place, world: World
) -> None:
    with app.app_context():
        place.serve(world.person_ids["grid1"], day=JULY, derive=False)
    browser = sign_in(world.accounts["member"])

    assert "0.00" not in text_of(browser.page("/me/volunteer"))


def test_my_page_leads_to_the_ranking_of_the_area_one_has_a_role_in(
    sign_in: SignIn, served: Place, world: World
) -> None:
    member = sign_in(world.accounts["member"])
    link = member.page("/me/volunteer").select_one('a[href="/me/volunteer/ranking"]')

    assert link is not None
    assert member.get("/me/volunteer/ranking").location == f"/a/{world.codes['grid1']}/volunteer/ranking"
    assert sign_in(world.accounts["worker"]).get("/me/volunteer/ranking").status_code == 404


def test_my_card_shows_all_hours_and_hides_them_while_they_wait(
    app: Flask, sign_in: SignIn, served: Place, world: World
) -> None:
    member = sign_in(world.accounts["member"])
    before = member.page("/me").select_one('a[href="/me/volunteer"]')
    with app.app_context():
        served.serve(world.person_ids["grid1"], "14:00", "15:00", title="later", day=JULY, derive=False)
    after = member.page("/me").select_one('a[href="/me/volunteer"]')

    assert before is not None
    assert after is not None
    assert [tag.get_text() for tag in before.select(".number-value")] == ["4.00"]
    assert after.select(".number-value") == []
    assert after.select_one(".badge-wait") is not None


def test_a_persons_page_shows_staff_how_each_number_came_about(
    worker: Browser, served: Place, world: World
) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/people/{world.people['grid1']}")
    panel = text_of(page)

    assert "4.00" in panel
    assert "09:00–11:30" in panel


def test_somebody_without_service_is_told_what_comes_next(
    sign_in: SignIn, place: Place, world: World
) -> None:
    assert sign_in(world.accounts["member"]).page("/me/volunteer").select_one(".empty") is not None


PAGES = ("hours", "ranking", "report")


OPEN_TO = {
    ("worker", "happy"): (200, 200, 200),
    ("worker", "grid1"): (200, 200, 200),
    ("worker", "sunny"): (404, 404, 404),
    ("worker", "street"): (404, 404, 404),
    ("secretary", "happy"): (200, 200, 200),
    ("grid_worker", "grid1"): (200, 200, 200),
    ("member", "grid1"): (403, 200, 403),
    ("member", "grid2"): (404, 404, 404),
    ("admin", "street"): (403, 403, 403),
    ("nobody", "happy"): (404, 404, 404),
}


def test_pages_open_for_those_who_may(sign_in: SignIn, served: Place, world: World) -> None:
    answers = {}
    for account, area in OPEN_TO:
        browser = sign_in(world.accounts[account])
        addresses = [f"/a/{world.codes[area]}/volunteer/{page}" for page in PAGES]
        answers[account, area] = tuple(browser.get(address).status_code for address in addresses)

    assert answers == OPEN_TO


def test_where_the_plugin_is_off_its_pages_do_not_exist(
    app: Flask, worker: Browser, sign_in: SignIn, served: Place, world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        switch_plugin(session, session.get_one(Area, world.areas["happy"]), "volunteer", False, SYSTEM)
    member = sign_in(world.accounts["member"])

    assert [worker.get(f"/a/{world.codes['happy']}/volunteer/{page}").status_code for page in PAGES] == [
        404
    ] * 3
    assert member.get("/me/volunteer").status_code == 404
    assert "volunteer" not in str(worker.page(f"/a/{world.codes['happy']}/"))


def test_an_account_without_a_person_has_no_hours(sign_in: SignIn, served: Place, world: World) -> None:
    assert sign_in(world.accounts["worker"]).get("/me/volunteer").status_code == 404


def test_the_overview_links_to_this_months_report(worker: Browser, served: Place, world: World) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/")
    card = page.select_one(f'a[href="/a/{world.codes["happy"]}/volunteer/report?period=2026-07"]')

    assert card is not None
    assert "3.50" in card.get_text()


def test_the_area_menu_offers_what_the_reader_may_open(worker: Browser, served: Place, world: World) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/")
    links = {link.get("href") for link in page.select("#menu a")}

    assert {f"/a/{world.codes['happy']}/volunteer/{page}" for page in PAGES} <= links


def test_my_hours_cost_seven_statements_however_many_entries_there_are(
    app: Flask, sign_in: SignIn, served: Place, world: World
) -> None:
    browser = sign_in(world.accounts["member"])
    counts = []
    for extra in range(2):
        with app.app_context():
            for n in range(extra * 10):
                served.serve(world.person_ids["grid1"], day=date(2026, 5, 1 + n), title=f"activity {n}")
        with counted(app) as statements:
            browser.page("/me/volunteer")
        counts.append(len(_reads(statements)))

    assert counts[0] == counts[1] <= 7


def test_the_hours_list_costs_eight_statements_however_many_people_there_are(
    app: Flask, worker: Browser, served: Place, world: World
) -> None:
    counts = []
    for extra in range(2):
        with app.app_context():
            for n in range(extra * 10):
                served.serve(served.person(f"志愿者{chr(0x4E00 + n)}"), day=JULY)
        with counted(app) as statements:
            worker.page(f"/a/{world.codes['happy']}/volunteer/hours?period=2026")
        counts.append(len(_reads(statements)))

    assert counts[0] == counts[1] <= 8


def _reads(statements: list[str]) -> list[str]:
    return [statement for statement in statements if not statement.startswith(("BEGIN", "SET LOCAL"))]


def test_a_merged_accounts_person_still_sees_all_hours(
    app: Flask, sign_in: SignIn, served: Place, world: World
) -> None:
    from pointsys.core.people.merging import merge_people

    with app.app_context(), unit_of_work() as session:
        kept, merged = (session.get_one(Person, world.person_ids[name]) for name in ("grid2", "grid1"))
        merge_people(session, kept, merged, SYSTEM)
        account = accounts.create_account(session, "second", SYSTEM, person_id=kept.id).id
    for who in (world.accounts["member"], account):
        page = sign_in(who).page("/me/volunteer")
        assert next(card.get_text() for card in page.select(".own-total")) == "4.00 小时"
