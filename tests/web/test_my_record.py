"""One's own record: filters, what became of each entry, what stays with others, and taking it all away."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, REJECTED, VOIDED, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import make_draft


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一 of grid 1, who belongs to 幸福社区."""
    return sign_in(world.accounts["member"])


def take_part(
    app: Flask, world: World, title: str, *, area: str = "happy", confirm: bool = True, **kwargs: object
) -> int:
    """Record an entry of 李一 as the worker of the area would; returns its id."""
    worker = Actor("worker-wang", account_id=world.accounts["worker"], unrestricted=True)
    with app.app_context(), unit_of_work() as session:
        place = session.get_one(Area, world.areas[area])
        person = session.get_one(Person, world.person_ids["grid1"])
        draft = make_draft(session, place, person, title=title, **kwargs)  # type: ignore[arg-type]
        return record(session, place, [draft], worker, "test", confirm=confirm)[0].entry_id


def decided(app: Flask, entry: int, outcome: str, reason: str = "") -> None:
    with app.app_context(), unit_of_work() as session:
        decide(session, [entry], outcome, reason, Actor("worker-zhao", account_id=7, unrestricted=True))


def public_id(app: Flask, entry: int) -> str:
    with app.app_context(), read_scope() as session:
        return session.get_one(Entry, entry).public_id


def items(page: BeautifulSoup) -> dict[str, Tag]:
    """The entries of a page by their title."""
    return {item.select("strong")[0].get_text(): item for item in page.select("main li.own-entry")}


def text(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def test_each_entry_tells_who_recorded_it_on_what_evidence_and_who_confirmed_it(
    app: Flask, member: Browser, world: World
) -> None:
    entry = take_part(app, world, "清洁家园", evidence="签到表第3页", confirm=False)
    decided(app, entry, CONFIRMED)
    told = text(items(member.page("/me/entries"))["清洁家园"])

    assert "由 worker-wang 登记" in told
    assert "依据：签到表第3页" in told
    assert "由 worker-zhao 确认" in told


def test_a_rejection_and_a_void_say_why(app: Flask, member: Browser, world: World) -> None:
    decided(app, take_part(app, world, "未到场", confirm=False), REJECTED, "当天没有签到")
    decided(app, take_part(app, world, "重复登记"), VOIDED, "登记了两次")
    shown = items(member.page("/me/entries"))

    assert "由 worker-zhao 退回：当天没有签到" in text(shown["未到场"])
    assert "登记了两次" in text(shown["重复登记"])


def test_entries_made_elsewhere_show_title_date_and_organiser_and_not_who_did_what_there(
    app: Flask, member: Browser, world: World
) -> None:
    take_part(app, world, "在阳光社区", area="sunny", evidence="别处的签到表")
    take_part(app, world, "在街道", area="street", day=date(2026, 7, 2))
    take_part(app, world, "在隔壁网格", area="grid2", day=date(2026, 7, 3))
    shown = {title: text(item) for title, item in items(member.page("/me/entries")).items()}

    assert "2026-07-01" in shown["在阳光社区"]
    assert "阳光社区" in shown["在阳光社区"]
    for title in ("在阳光社区", "在街道"):
        assert "worker-wang" not in shown[title]
        assert "别处的签到表" not in shown[title]
    assert "worker-wang" in shown["在隔壁网格"]


def test_the_list_follows_year_kind_and_state(app: Flask, member: Browser, world: World) -> None:
    take_part(app, world, "今年服务")
    take_part(app, world, "今年党日", kind="主题党日", day=date(2026, 7, 2))
    take_part(app, world, "去年服务", day=date(2025, 7, 1), accepted_late="paper")
    take_part(app, world, "等确认", day=date(2026, 7, 3), confirm=False)
    page = member.page("/me/entries")
    years = [link.get_text() for link in page.select(".pills a")]
    kinds = [option["value"] for option in page.select("#f-kind option") if option["value"]]
    (party_day,) = [
        kind for kind in kinds if set(items(member.page(f"/me/entries?kind={kind}"))) == {"今年党日"}
    ]

    assert years == ["全部年份", "2026", "2025"]
    assert set(items(member.page("/me/entries?year=2025"))) == {"去年服务"}
    assert set(items(member.page("/me/entries?status=pending"))) == {"等确认"}
    assert set(items(member.page(f"/me/entries?year=2026&status=confirmed&kind={party_day}"))) == {"今年党日"}


def test_odd_choices_are_passed_over(app: Flask, member: Browser, world: World) -> None:
    take_part(app, world, "清洁家园")
    for query in ("year=x", "year=99999", "year=²", "status=owned", "page=-1", "year=0&status="):
        assert "清洁家园" in items(member.page(f"/me/entries?{query}")), query
    assert member.page("/me/entries?kind='%20or%201=1").select_one(".empty") is not None


def test_every_entry_links_to_its_objection_and_shows_the_clock_of_one_that_is_open(
    app: Flask, member: Browser, world: World
) -> None:
    outside = public_id(app, take_part(app, world, "清洁家园"))
    address = f"/me/entries/{outside}/objection"
    assert items(member.page("/me/entries"))["清洁家园"].select_one(f'a[href="{address}"]') is not None

    assert member.post(address, {"text": "我做了三个小时"}).status_code == 303
    told = text(items(member.page("/me/entries"))["清洁家园"])

    # Seven working days from Friday, 10 July 2026.
    assert "2026-07-21" in told
    assert "提出异议：我做了三个小时" in told


def test_markup_in_titles_and_evidence_is_shown_as_text(app: Flask, member: Browser, world: World) -> None:
    take_part(app, world, "<img src=x onerror=alert(1)>", evidence="<script>alert(2)</script>")
    for path in ("/me", "/me/entries"):
        page = member.page(path)
        assert page.select("main img, main script") == []
        assert "<script>alert(2)</script>" in page.get_text()


def test_the_record_is_taken_away_as_filtered_with_inert_texts_and_a_row_in_the_audit_log(
    app: Flask, member: Browser, world: World
) -> None:
    take_part(app, world, "=HYPERLINK(1)", evidence="x")
    take_part(app, world, "去年", day=date(2025, 7, 1), accepted_late="paper")
    sheet = load_workbook(io.BytesIO(member.get("/me/entries.xlsx?year=2026").data)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    plain = list(csv.reader(io.StringIO(member.get("/me/entries.csv").data.decode("utf-8-sig"))))

    assert [row[3] for row in rows] == ["活动", "=HYPERLINK(1)"]
    assert rows[1][1:3] == ["09:00", "11:00"]
    assert sheet["D2"].data_type == "s"
    assert [row[3] for row in plain] == ["活动", "'=HYPERLINK(1)", "去年"]
    with app.app_context(), read_scope() as session:
        counts = session.scalars(select(AuditRow.count).where(AuditRow.event == "person.exported")).all()
    assert counts == [1, 2]


def test_there_are_no_other_files_and_none_for_accounts_without_a_person(
    member: Browser, admin: Browser
) -> None:
    assert member.get("/me/entries.pdf").status_code == 404
    assert admin.get("/me/entries.csv").status_code == 404


def test_wechat_is_told_how_to_save_the_file(app: Flask, member: Browser, world: World) -> None:
    take_part(app, world, "清洁家园")
    hint = "在浏览器打开"
    wechat = member.get("/me/entries", headers={"User-Agent": "Mozilla/5.0 MicroMessenger/8.0"})

    assert hint in wechat.text
    assert hint not in member.get("/me/entries").text


def test_the_record_costs_as_many_statements_for_many_entries_as_for_few(
    app: Flask, member: Browser, world: World
) -> None:
    numbers = []
    for count in (1, 15):
        for number in range(count):
            take_part(app, world, f"{count}-{number}", day=date(2026, 6, 1 + number))
        with counted(app) as statements:
            member.page("/me/entries")
        numbers.append(len(statements))

    assert numbers[0] == numbers[1]


def test_an_empty_record_says_what_comes_next(member: Browser) -> None:
    assert member.page("/me/entries").select_one(".empty") is not None
