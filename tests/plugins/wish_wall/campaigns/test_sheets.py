"""Sheets of collected wishes: looked over, taken in once, taken back; and rounds with a theme."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.spreadsheet import read_rows
from pointsys.plugins.wish_wall.asking.checking import Asking
from pointsys.plugins.wish_wall.asking.services import submit
from pointsys.plugins.wish_wall.campaigns import applying, kept, personal, queries, services, sheets
from pointsys.plugins.wish_wall.campaigns.models import WishesCampaign, WishesSheet, WishesSheetLine
from pointsys.plugins.wish_wall.campaigns.services import CampaignData
from pointsys.plugins.wish_wall.campaigns.sheets import Incoming
from pointsys.plugins.wish_wall.models import WishesEvent, WishesWish
from pointsys.plugins.wish_wall.settings import MAX_AMOUNT
from tests.conftest import FixedClock
from tests.factories import make_person
from tests.plugins.wish_wall.dispatch.office import STAFF, Office, code_of
from tests.sheets import Cell, id_number, xlsx_of

HEAD: tuple[Cell, ...] = ("姓名", "手机号码", "身份证号", "网格", "微心愿", "类别", "金额")
ROWS: tuple[tuple[Cell, ...], ...] = (
    # Known by the name alone; new with an ID number; new with a phone; nobody; a second wish; a place that is not.
    ("甲一", "", "", "", "一盏台灯", "物品", 80),
    ("新来", "", id_number(41), "第1网格", "陪伴散步", "陪伴", ""),
    ("新到", "13900139001", "", "第2网格", "修水龙头", "服务", ""),
    ("无名", "", "", "", "轮椅", "物品", 300),
    ("甲一", "", "", "", "一口锅", "物品", 90),
    ("路人", "13900139002", "", "第九网格", "学手机", "技能", ""),
)


def campaign(office: Office, title: str = "春节心愿", *, running: bool = True) -> str:
    """A round of the first community; its outside id."""
    with unit_of_work(drain=False) as session:
        data = CampaignData(title, date(2026, 7, 1), date(2026, 7, 31), "送温暖", "gold")
        made = services.add(session, session.get_one(Area, office.areas["happy"]), data, STAFF)
        if running:
            services.start(session, made, STAFF)
        return str(made.public_id)


@cache
def _workbook(rows: tuple[tuple[Cell, ...], ...]) -> bytes:
    """A workbook's bytes, which hold the time at which it was made: the same rows are the same file."""
    return xlsx_of(HEAD, *rows)


def came(*rows: tuple[Cell, ...]) -> Incoming:
    """A workbook as it was brought."""
    data = _workbook(rows or ROWS)
    return Incoming(read_rows(data, "心愿.xlsx"), "心愿.xlsx", data, date(2026, 7, 8), "入户征集，本人签字")


def bring(office: Office, *rows: tuple[Cell, ...], into: str = "", area: str = "happy") -> str:
    """Bring a sheet; its outside id."""
    with unit_of_work(drain=False) as session:
        place = session.get_one(Area, office.areas[area])
        found = queries.campaign_below(session, place.id, into) if into else None
        return str(sheets.take(session, place, found, came(*rows), STAFF).public_id)


def the(session: Session, sheet: str) -> WishesSheet:
    """A sheet by its outside id."""
    found: WishesSheet = session.scalars(select(WishesSheet).where(WishesSheet.public_id == sheet)).one()
    return found


def apply(sheet: str, *, add_people: bool = True) -> dict[str, int]:
    """Take a sheet in."""
    with unit_of_work(drain=False) as session:
        return dict(applying.apply(session, the(session, sheet), STAFF, add_people=add_people))


def wishes() -> list[tuple[str, str, str]]:
    """Name, title and state of all wishes."""
    with read_scope() as session:
        query = (
            select(Person.name, WishesWish.title, WishesWish.state)
            .join(Person, Person.id == WishesWish.person_id)
            .order_by(WishesWish.id)
        )
        return [(row[0], row[1], row[2]) for row in session.execute(query)]


def test_a_sheet_is_looked_over_and_becomes_wishes_to_be_checked(office: Office) -> None:
    theme = campaign(office)
    sheet = bring(office, into=theme)
    with read_scope() as session:
        found = the(session, sheet)
        assert b"id_number" not in (found.cells_sealed or b"")
        assert [one.outcome for one in sheets.verdicts_of(session, found)] == [
            "new", "new_person", "new_person", "unclear", "has_one", "unclear",
        ]  # fmt: skip
    assert wishes() == []

    assert apply(sheet) == {"new": 1, "new_person": 2, "unclear": 2, "has_one": 1}

    assert wishes() == [
        ("甲一", "一盏台灯", "submitted"),
        ("新来", "陪伴散步", "submitted"),
        ("新到", "修水龙头", "submitted"),
    ]
    with read_scope() as session:
        first = session.scalars(select(WishesWish).order_by(WishesWish.id)).first()
        assert first is not None
        assert (first.channel, first.amount, first.category) == ("sheet", 8000, "item")
        round_id = session.scalars(select(WishesCampaign.id)).one()
        assert (first.consent_note, first.campaign_id) == ("入户征集，本人签字", round_id)
        places = session.scalars(
            select(Person.area_id).where(Person.name.in_(("新来", "新到"))).order_by(Person.id)
        )
        assert list(places) == [office.areas["grid1"], office.areas["grid2"]]
        titles, faulty = sheets.faulty_rows(session, the(session, sheet))
        assert titles[0] == "姓名"
        assert [(row.number, row.cells[0], row.why.code) for row in faulty] == [
            (5, "无名", "no_number"), (6, "甲一", "household_limit"), (7, "路人", "place_unknown"),
        ]  # fmt: skip
    assert code_of(lambda: apply(sheet)) == "sheet_closed"


def test_the_same_sheet_again_changes_nothing_even_when_titles_were_edited_since(office: Office) -> None:
    apply(bring(office))
    with unit_of_work(drain=False) as session:
        session.execute(update(WishesWish).values(title="改过的标题", state="realized", slots=1, taken=1))
    again = bring(office)
    with read_scope() as session:
        assert sheets.same_file(session, the(session, again)) is not None
        outcomes = [one.outcome for one in sheets.verdicts_of(session, the(session, again))]
    # The pot of the second row of 甲一 may come now that the lamp has come true.
    assert outcomes == ["present", "present", "present", "unclear", "new", "unclear"]
    apply(again)
    assert len(wishes()) == 4
    assert apply(bring(office)) == {"present": 4, "unclear": 2}
    assert len(wishes()) == 4


def test_a_sheet_is_taken_back_as_far_as_nobody_has_it_in_hand(office: Office) -> None:
    sheet = bring(office)
    apply(sheet)
    with unit_of_work(drain=False) as session:
        session.execute(
            update(WishesWish).where(WishesWish.title == "修水龙头").values(state="claimed", taken=1)
        )
    with unit_of_work(drain=False) as session:
        assert code_of(lambda: sheets.undo(session, the(session, sheet), " ", STAFF)) == "reason_needed"
    with unit_of_work(drain=False) as session:
        done = sheets.undo(session, the(session, sheet), "重复征集", STAFF)
        assert (done.wishes, done.kept, done.people) == (2, 1, 1)
    assert [state for _name, _title, state in wishes()] == ["withdrawn", "withdrawn", "claimed"]
    with read_scope() as session:
        left = session.execute(select(Person.name, Person.left_on).where(Person.batch_id.is_not(None)))
        assert {row[0]: row[1] for row in left} == {"新来": date(2026, 7, 9), "新到": None}
        reasons = session.scalars(select(WishesEvent.reason).where(WishesEvent.action == "withdraw"))
        assert set(reasons) == {"重复征集"}
    with unit_of_work(drain=False) as session:
        assert code_of(lambda: sheets.undo(session, the(session, sheet), "再来", STAFF)) == "sheet_closed"
    # Taken back, they can be brought again; who left comes as somebody on record.
    assert apply(bring(office))["present"] == 1


def test_nobody_is_put_on_record_by_those_who_may_not(office: Office) -> None:
    assert apply(bring(office), add_people=False) == {"new": 1, "unclear": 4, "has_one": 1}
    with read_scope() as session:
        assert session.scalars(select(Person).where(Person.name == "新来")).first() is None


def test_what_changed_since_the_rows_were_read_is_the_fault_of_its_row_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the rows and making the wishes: a limit is lowered, a neighbour asks, somebody is erased, and
    somebody else puts a person on record."""
    sheet = bring(
        office,
        ("甲一", "", "", "", "一盏台灯", "物品", 80),
        ("新来", "", id_number(41), "第1网格", "一口锅", "物品", 250),
        ("乙二", "", "", "", "一把伞", "物品", 30),
        ("新到", "", id_number(42), "第1网格", "修水龙头", "服务", ""),
        ("心愿人", "", "", "", "一床被子", "物品", 100),
        ("后来", "", id_number(43), "第2网格", "陪伴散步", "陪伴", ""),
    )
    with read_scope() as session:
        before = sheets.verdicts_of(session, the(session, sheet))
    assert [one.outcome for one in before] == ["new", "new_person"] * 3
    with unit_of_work(drain=False) as session:
        happy, grid = (session.get_one(Area, office.areas[name]) for name in ("happy", "grid2"))
        set_setting(session, happy, MAX_AMOUNT, 200_00, STAFF)
        wisher, asked = session.get_one(Person, office.people["wisher"]), Asking("item", "想要一把椅子")
        submit(session, wisher, asked, STAFF, channel="behalf", consent="电话")
        session.get_one(Person, office.people["two"]).closed = "erased"
        make_person(session, grid, "新到", id_number=str(id_number(42)))
    monkeypatch.setattr(applying, "verdicts_of", lambda _session, _sheet: before)

    assert apply(sheet) == {"new": 1, "new_person": 1, "unclear": 4}

    assert [row[:2] for row in wishes()] == [
        ("心愿人", "想要一把椅子"),
        ("甲一", "一盏台灯"),
        ("后来", "陪伴散步"),
    ]
    with read_scope() as session:
        _titles, faulty = sheets.faulty_rows(session, the(session, sheet))
        assert [(row.number, row.cells[0], row.why.code) for row in faulty] == [
            (3, "新来", "amount_over_limit"), (4, "乙二", "person_closed"), (5, "新到", "person_exists"),
            (6, "心愿人", "household_limit"),
        ]  # fmt: skip
        assert "200" in str(faulty[0].why)
        # Whoever was not made a wish for is not on record either, and no number was used up.
        names = session.scalars(select(Person.name).where(Person.name.in_(("新来", "新到", "后来"))))
        assert sorted(names) == ["后来", "新到"]
        assert list(session.scalars(select(WishesWish.number).order_by(WishesWish.id))) == [1, 2, 3]
    # Erased later, they are gone from what is kept of the sheet too.
    with unit_of_work(drain=False) as session:
        kept.forget_rows(session, ["心愿人"])
    with read_scope() as session:
        _titles, faulty = sheets.faulty_rows(session, the(session, sheet))
        assert [row.number for row in faulty] == [3, 4, 5]


def test_a_sheet_of_a_sub_district_says_where_new_people_live_and_knows_no_others(office: Office) -> None:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("新来", "13900139001", "", "", "台灯", "", ""),
        ("新到", "13900139002", "", "阳光社区", "台灯", "", ""),
        ("甲一", "13900139003", "", "", "台灯", "", ""),
    )
    sheet = bring(office, *rows, area="street")
    with read_scope() as session:
        why = [
            one.why.code if one.why else one.outcome
            for one in sheets.verdicts_of(session, the(session, sheet))
        ]
        assert why == ["place_needed", "new_person", "namesake"]


def test_what_a_sheet_needs_before_it_is_kept(office: Office) -> None:
    draft = campaign(office, running=False)
    with unit_of_work(drain=False) as session:
        happy = session.get_one(Area, office.areas["happy"])
        round_ = queries.campaign_below(session, happy.id, draft)
        good = came()

        def taken(came_so: Incoming) -> str:
            return code_of(lambda: sheets.take(session, happy, None, came_so, STAFF))

        assert taken(replace(good, consent_note=" ")) == "consent_needed"
        assert taken(replace(good, consent_on=date(2026, 7, 11))) == "bad_consent_day"
        assert code_of(lambda: sheets.take(session, happy, round_, good, STAFF)) == "campaign_not_running"


def test_cells_are_gone_after_a_week_and_the_sheet_with_them(office: Office, clock: FixedClock) -> None:
    applied, left = bring(office), bring(office, ("乙二", "", "", "", "毛毯", "", 50))
    apply(applied)
    kept.drop_old(clock.now)
    with read_scope() as session:
        assert the(session, left).state == "open"
    clock.advance(days=8)
    kept.drop_old(clock.now)
    with read_scope() as session:
        assert (the(session, left).state, the(session, left).cells_sealed) == ("dropped", None)
        assert (the(session, applied).state, the(session, applied).cells_sealed) == ("applied", None)
        assert sheets.faulty_rows(session, the(session, applied)) == ([], [])


def test_columns_are_said_by_hand_and_a_sheet_can_be_dropped(office: Office) -> None:
    sheet = bring(office)
    with unit_of_work(drain=False) as session:
        found = the(session, sheet)
        assert (
            code_of(lambda: sheets.remap(session, found, 0, {0: "name"}, "item", STAFF)) == "columns_needed"
        )
        sheets.remap(session, found, 0, {0: "name", 4: "title"}, "company", STAFF)
        assert {one.row.asked.category for one in sheets.verdicts_of(session, found)} == {"company"}
        sheets.drop(session, found, STAFF)
        assert code_of(lambda: sheets.drop(session, found, STAFF)) == "sheet_closed"
    assert wishes() == []


def test_words_of_a_sheet_go_with_the_person(office: Office) -> None:
    apply(bring(office))
    person = office.people["one"]
    with unit_of_work(drain=False) as session:
        personal.erase(session, person, [person])
        keys = session.scalars(select(WishesSheetLine.title_key).order_by(WishesSheetLine.id))
        assert list(keys) == ["", "陪伴散步", "修水龙头"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "title_needed"),
        ({"about": "长" * 501}, "text_too_long"),
        ({"closes_on": date(2026, 6, 30)}, "bad_period"),
        ({"colour": "pink"}, "bad_colour"),
    ],
)
def test_a_round_has_a_title_days_and_a_colour(change: dict[str, object], code: str) -> None:
    usual: dict[str, Any] = {"title": "春节", "opens_on": date(2026, 7, 1), "closes_on": date(2026, 7, 2)}
    data = CampaignData(**{**usual, **change})
    assert code_of(data.checked) == code


def test_a_round_starts_closes_and_hands_unclaimed_wishes_to_the_next_before_others(
    office: Office, clock: FixedClock
) -> None:
    first, second = campaign(office), campaign(office, "重阳心愿", running=False)
    with read_scope() as session:
        grid, day = office.areas["grid1"], date(2026, 7, 10)
        assert [one.title for one in queries.running(session, grid, day)] == ["春节心愿"]
        assert queries.running(session, grid, date(2026, 8, 1)) == []
        assert queries.running(session, office.areas["sunny"], day) == []
        first_id = session.scalars(select(WishesCampaign.id).where(WishesCampaign.public_id == first)).one()
    free, old = office.wish(campaign_id=first_id), office.wish(campaign_id=first_id, state="expired")
    held = office.wish(campaign_id=first_id, taken=1, slots=2)
    done = office.wish(campaign_id=first_id, taken=1, state="realized")
    own = office.wish(campaign_id=first_id, person="two")
    with unit_of_work(drain=False) as session:
        found, into = (
            queries.campaign_below(session, office.areas["street"], one) for one in (first, second)
        )
        assert code_of(lambda: services.carry_over(session, found, into, STAFF)) == "bad_state"
        services.close(session, found, STAFF)
        assert code_of(lambda: services.close(session, found, STAFF)) == "bad_state"
        assert code_of(lambda: services.carry_over(session, found, found, STAFF)) == "same_campaign"
        # 乙二 takes everything over but the wish of their own household.
        two = Actor("two", account_id=902, person_id=office.people["two"])
        assert services.carry_over(session, found, into, two) == 2
        (line,) = queries.lines_below(session, office.areas["happy"], only=into.id)
        assert (line.collected, line.waiting) == (2, 2)
        (line,) = queries.lines_below(session, office.areas["happy"], only=found.id)
        assert (line.collected, line.realized) == (3, 1)
        into_id = into.id
    with read_scope() as session:
        rows = {row.id: row for row in session.scalars(select(WishesWish))}
        assert [rows[one].campaign_id for one in (free, old, held, done, own)] == [
            into_id, into_id, first_id, first_id, first_id,
        ]  # fmt: skip
        assert {(rows[one].state, rows[one].priority) for one in (free, old)} == {("published", 1)}
        assert all(rows[one].expires_at == clock.now + timedelta(days=30) for one in (free, old))


def test_a_round_whose_days_are_over_is_not_started(office: Office, clock: FixedClock) -> None:
    late = campaign(office, running=False)
    clock.advance(days=30)
    with unit_of_work(drain=False) as session:
        found = queries.campaign_below(session, office.areas["happy"], late)
        assert code_of(lambda: services.start(session, found, STAFF)) == "bad_period"
        data = CampaignData("春节心愿", date(2026, 8, 1), date(2026, 8, 31))
        services.change(session, found, data, STAFF)
        services.start(session, found, STAFF)
        assert found.state == "running"
