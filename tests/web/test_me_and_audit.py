"""One's own page, and the audit log."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, operator
from pointsys.core.areas.models import Area
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, STREET, make_draft


def take_part(app: Flask, world: World, area: str, person: str, title: str) -> None:
    with app.app_context(), unit_of_work() as session:
        place = session.get_one(Area, world.areas[area])
        somebody = session.get_one(Person, world.person_ids[person])
        record(session, place, [make_draft(session, place, somebody, title=title)], operator(), "test")


def test_one_s_own_page_shows_own_entries_and_nobody_else_s(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    take_part(app, world, "sunny", "grid1", "在别处清洁")
    take_part(app, world, "happy", "happy", "别人的事")
    page = sign_in(world.accounts["member"]).page("/me")
    entry = page.select_one("#entries li")
    assert entry is not None
    assert "在别处清洁" in entry.text
    assert "阳光社区" in entry.text
    assert "别人的事" not in page.text
    assert "138****8003" in page.text


def test_entries_of_a_merged_row_are_one_s_own(app: Flask, sign_in: SignIn, world: World) -> None:
    take_part(app, world, "happy", "grid1", "甲")
    take_part(app, world, "happy", "grid2", "乙")
    with app.app_context(), unit_of_work() as session:
        kept = session.get_one(Person, world.person_ids["grid2"])
        merge_people(session, kept, session.get_one(Person, world.person_ids["grid1"]), SYSTEM)
    page = sign_in(world.accounts["member"]).page("/me/entries")
    assert {strong.text for strong in page.select("main strong")} == {"甲", "乙"}


def test_own_pages_take_as_many_statements_for_many_entries_as_for_few(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    member = sign_in(world.accounts["member"])
    take_part(app, world, "happy", "grid1", "第一次")
    numbers = []
    for round_ in range(2):
        for path in ("/me", "/me/entries"):
            with counted(app) as statements:
                member.page(path)
            numbers.append(len(statements))
        for number in range(15):
            take_part(app, world, "happy", "grid1", f"第{round_}{number}次")
    assert numbers[:2] == numbers[2:]


def test_agreeing_to_rankings_and_taking_it_back_is_one_click_each(sign_in: SignIn, world: World) -> None:
    member = sign_in(world.accounts["member"])
    assert member.post("/me/consent", {"act": "give"}).status_code == 303
    assert member.page("/me").select_one("#consents .badge-ok") is not None
    member.post("/me/consent", {"act": "withdraw"})
    assert member.page("/me").select_one("#consents .badge-off") is not None


def test_an_account_without_a_person_is_told_what_to_do(admin: Browser) -> None:
    assert admin.page("/me").select_one(".empty") is not None
    assert admin.post("/me/consent", {"act": "give"}).status_code == 303


def test_a_name_with_markup_is_shown_as_text(app: Flask, sign_in: SignIn, world: World) -> None:
    take_part(app, world, "happy", "grid1", "<img src=x onerror=alert(1)>")
    page = sign_in(world.accounts["member"]).page("/me")
    assert page.select("main img") == []


def test_the_audit_log_tells_writes_refusals_and_sign_ins_in_words(
    app: Flask, sign_in: SignIn, worker: Browser, world: World
) -> None:
    worker.post(f"/a/{HAPPY}/people/new", {"name": "吴九", "area": HAPPY})
    worker.get(f"/a/{STREET}/audit")
    office = sign_in(world.accounts["office"])
    rows = [
        row.get_text(" ", strip=True) for row in office.page(f"/a/{STREET}/audit?q=worker").select("tbody tr")
    ]
    assert len(rows) >= 3
    assert not any("person." in row for row in rows)
    denied = office.page(f"/a/{STREET}/audit?result=denied").select("tbody tr")
    assert len(denied) == 1


def test_filters_of_the_audit_log_stand_odd_values(sign_in: SignIn, world: World) -> None:
    office = sign_in(world.accounts["office"])
    for query in (
        "from=yesterday", "from=9999-12-31&to=9999-12-31", "to=0001-01-01", "event=' OR 1=1", "result=x",
        "page=0", "page=999999999999", "page=-1", "size=7", "sort=at;drop table audit", "q=" + "%25" * 300, "q=%00",
    ):  # fmt: skip
        assert office.get(f"/a/{STREET}/audit?{query}").status_code == 200, query
    for query in (
        "sort=points;drop table person",
        "q=" + "%25" * 10_000,
        "q=%00%0a",
        "area=x",
        "sex=' or '",
        "page=x",
    ):
        assert office.get(f"/a/{STREET}/people?{query}").status_code == 200, query


def test_a_log_entry_is_on_record_for_the_tests_above(app: Flask, world: World) -> None:
    take_part(app, world, "happy", "grid1", "甲")
    with app.app_context(), unit_of_work() as session:
        assert session.scalars(select(Entry.title)).all() == ["甲"]
