"""Every list goes on paper and into a file as it is filtered, and whoever takes it away is on record."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web import list_export
from tests.browsers import Browser, SignIn, World
from tests.factories import HAPPY, STREET, SUNNY, make_person

ROOT = Path(__file__).resolve().parents[2]
# Lists that are part of something else: their page has its own way to paper and file.
PARTS = {
    "log/activity.html": "an activity's page prints whole; its entries are in the log's file",
    "imports/preview.html": "the error file holds the rows",
    "ui/lists.html": "the macros themselves",
    "me/entries.html": "one's own record has buttons of its own",
    "accounts/slips.html": "its pages are the paper, and no file holds what is on them",
    "accounts/unused.html": "accounts leave as a file from their own list",
    "privacy/index.html": "requests are worked off one by one, on their pages",
    "checkins/liaison.html": "a liaison has no area, under which files are counted",
    "points/unit_letters.html": "a liaison has no area; each letter is a PDF",
    "points/wallets.html": "one wallet is looked up at a time; redemptions leave as a file",
    "volunteer/mine.html": "one's own hours are part of one's own record",
    "volunteer/certificate_start.html": "one looks for a person here; certificates leave as a file from their list",
    "volunteer/signups_leading.html": "a leader has no area, under which files are counted",
    "volunteer/signups_recruiting.html": "what one may sign up for, as cards on a phone",
    "volunteer/teams_mine.html": "teams that one may join, on a phone",
    "volunteer/teams_own.html": "a leader has no area, under which files are counted",
    "property/results_public.html": "for strangers, who take a file of their own without a number",
    "property/reception_own.html": "a company has no area, under which files are counted",
    "wishes/unit.html": "a liaison has no area, under which files are counted",
    "wishes/wall_parts.html": "the wall as cards, on a phone and for strangers; the staff's list leaves as a file",
    "record/to_evaluate.html": "a leader has no area, under which files are counted",
}


def rows_of(browser: Browser, path: str) -> list[tuple[object, ...]]:
    answer = browser.get(path)
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def test_every_list_offers_paper_and_file() -> None:
    lists = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("plugins/*/templates/**/*.html")]
    without = [
        path.relative_to(ROOT).as_posix()
        for path in lists
        if "pagination(" in (text := path.read_text("utf-8"))
        and "list_tools(" not in text
        and "/".join(path.parts[-2:]) not in PARTS
    ]
    assert without == []


def test_the_file_holds_what_the_filters_leave(worker: Browser) -> None:
    rows = rows_of(worker, f"/a/{HAPPY}/people?q=liyi&export=xlsx")
    names = [row[0] for row in rows]
    assert "李一" in names
    assert "周二" not in names
    assert "138****8003" in str(rows)
    assert "13800138003" not in str(rows)


def test_all_pages_are_in_the_file(worker: Browser, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_export, "ROWS_AT_ONCE", 2)
    names = {row[0] for row in rows_of(worker, f"/a/{HAPPY}/people?page=2&size=20&export=xlsx")}
    assert {"李一", "钱福", "周二"} <= names


def test_a_file_that_would_be_too_long_is_refused_with_the_cure(
    worker: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_export, "MOST_ROWS", 2)
    assert worker.get(f"/a/{HAPPY}/people?export=xlsx").status_code == 422


def test_csv_opens_in_excel_and_runs_no_formula(app: Flask, worker: Browser, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        make_person(session, session.get_one(Area, world.areas["grid1"]), "@SUM")
    answer = worker.get(f"/a/{HAPPY}/people?export=csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert re.search(r"^\"?'@SUM", answer.data.decode("utf-8-sig"), re.MULTILINE)


def test_taking_a_list_away_is_on_record(app: Flask, worker: Browser) -> None:
    worker.get(f"/a/{HAPPY}/people?export=csv")
    with app.app_context(), read_scope() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.event == "list.exported")).one()
        assert (row.actor, row.object_id, row.count) == ("worker", "people.index", 3)


@pytest.mark.parametrize(
    "page",
    [
        "people",
        "log",
        "activities",
        "documents",
        "accounts",
        "audit",
        "areas",
        "objections",
        "publicity",
        "jobs",
        "imports/",
        "volunteer/hours",
        "points/sheet",
        "points/members",
    ],
)
def test_each_list_gives_its_file_and_prints(
    app: Flask, admin: Browser, sign_in: SignIn, world: World, page: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        street = session.get_one(Area, world.areas["street"])
        for plugin in ("volunteer", "party_member_points"):
            switch_plugin(session, street, plugin, True, SYSTEM)
    browser = admin if page in ("accounts", "audit", "areas") else sign_in(world.accounts["office"])
    assert rows_of(browser, f"/a/{STREET}/{page}?export=xlsx")
    assert browser.page(f"/a/{STREET}/{page}?print=1").select_one("body[data-print-now]") is not None


def test_a_foreign_list_is_not_exported(worker: Browser) -> None:
    assert worker.get(f"/a/{SUNNY}/people?export=xlsx").status_code == 404


def test_a_printed_list_has_more_rows_than_a_page(app: Flask, worker: Browser, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        grid = session.get_one(Area, world.areas["grid1"])
        for number in range(60):
            make_person(session, grid, f"王{chr(0x4E00 + number)}")
    assert len(worker.page(f"/a/{HAPPY}/people").select("tbody tr")) == 50
    assert len(worker.page(f"/a/{HAPPY}/people?print=1").select("tbody tr")) == 63
