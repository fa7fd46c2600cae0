"""Importing activity sheets: identity, people, kinds, times, and what is said about rows at fault."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.activity_log.models import Activity, ActivityKind, Decision, Entry, EntryText
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.batches import Batch
from pointsys.core.imports.undo import undo_batch
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import counted
from tests.factories import HAPPY, STREET, SUNNY, at
from tests.sheets import LOG_HEADER, counts, faults, id_number, log, people, plant_tree

DAY = "2026-07-01"
PHONES = {"张伟": "13800001234", "李静": "13800001235", "王芳": "13800001236"}


@pytest.fixture(autouse=True)
def _roster(site: Site) -> None:
    plant_tree()
    people(
        ("姓名", "手机", "身份证号", "网格"),
        ("张伟", PHONES["张伟"], id_number(15), "第1网格"),
        ("李静", PHONES["李静"], "", "第1网格"),
        ("王芳", PHONES["王芳"], "", "第2网格"),
    )


def row(name: str = "张伟", start: str = "09:00", end: str = "11:00", **other: str) -> tuple[str, ...]:
    """One row of an activity sheet."""
    phone = other.get("phone", PHONES.get(name, ""))
    day, title, kind = other.get("day", DAY), other.get("title", "清洁家园"), other.get("kind", "志愿服务")
    return (day, title, kind, name, phone, start, end)


def entries() -> list[Entry]:
    """Every entry, in the order of recording."""
    with read_scope() as session:
        found = list(session.scalars(select(Entry).order_by(Entry.id)))
        session.expunge_all()
    return found


def test_rows_become_confirmed_entries_of_one_activity() -> None:
    report = log(row("张伟"), row("李静", end="10:30"))

    assert counts(report) == {"created": 2}
    assert report.outcome.minutes == 210
    first, second = entries()
    assert first.activity_id == second.activity_id
    assert (first.starts_at, first.ends_at) == (at(date(2026, 7, 1), "09:00"), at(date(2026, 7, 1), "11:00"))
    assert (first.status, first.source) == ("confirmed", "import")
    assert first.recorded_by.startswith("operator:")
    with read_scope() as session:
        outcomes = session.execute(select(Decision.outcome, Decision.actor)).all()
    assert outcomes == [("confirmed", first.recorded_by)] * 2


def test_the_excel_scenario_of_twelve_rows() -> None:
    """Acceptance scenario 6: 8 new, 1 stored, 1 repeated, 1 bad ID number, 1 end before start; then undone."""
    header = (*LOG_HEADER, "身份证号")
    log(row("张伟", day="2026-06-01"))
    days = [f"2026-06-{day:02d}" for day in range(2, 10)]
    rows = [(*row("李静", day=day), "") for day in days]
    rows += [(*row("张伟", day="2026-06-01"), ""), (*row("李静", day="2026-06-02"), "")]
    rows += [
        (*row("张伟", day="2026-06-20"), "990101199003070014"),
        (*row("王芳", start="11:00", end="09:00"), ""),
    ]
    before = len(entries())

    preview = log(*rows, header=header, dry_run=True)
    assert counts(preview) == {"created": 8, "unchanged": 1, "duplicate": 1, "error": 2}
    assert faults(preview) == [(12, "身份证号", "bad_id_number"), (13, "结束时间", "end_before_start")]
    assert log(*rows, header=header, skip_errors=False).refused
    assert len(entries()) == before

    report = log(*rows, header=header)
    assert len(entries()) == before + 8
    assert counts(log(*rows, header=header)) == {"unchanged": 9, "duplicate": 1, "error": 2}

    with unit_of_work(drain=False) as session:
        batch = session.scalars(select(Batch).where(Batch.public_id == report.batch)).one()
        assert undo_batch(session, batch, SYSTEM, "上传错了").entries == 8
    assert [entry.status for entry in entries()] == ["confirmed"] + ["voided"] * 8


def test_another_end_is_a_conflict_that_names_what_is_stored() -> None:
    log(row("张伟"))
    report = log(row("张伟", end="12:00"))

    assert faults(report) == [(2, "结束时间", "conflict")]
    assert report.errors[0].fault.params["stored"] == "11:00"


def test_another_end_within_the_file_is_a_conflict_that_names_the_row_above() -> None:
    report = log(row("张伟"), row("张伟", end="12:00"))

    assert counts(report) == {"created": 1, "error": 1}
    assert report.errors[0].fault.params == {"row": "2", "stored": "11:00"}


def test_spellings_of_a_title_are_one_activity() -> None:
    report = log(
        row("张伟", title="清洁家园A"), row("李静", title="清洁家园Ａ"), row("张伟", title="清洁家园ａ")
    )

    assert counts(report) == {"created": 2, "duplicate": 1}
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Activity)) == 1


def test_an_entry_recorded_under_a_row_that_was_merged_later_stands_already() -> None:
    people(("姓名", "手机"), ("张威", "13900001234"))
    log(row("张威", phone="13900001234"))
    with unit_of_work(drain=False) as session:
        kept = session.scalars(select(Person).where(Person.name == "张伟")).one()
        merged = session.scalars(select(Person).where(Person.name == "张威")).one()
        merge_people(session, kept, merged, SYSTEM)

    assert counts(log(row("张伟"))) == {"unchanged": 1}


def test_a_name_alone_is_enough_where_only_one_person_of_the_area_has_it() -> None:
    report = log(row("张伟", phone=""), row("赵敏", phone=""))

    assert counts(report) == {"created": 1, "error": 1}
    assert faults(report) == [(3, "姓名", "unknown_person")]


def test_two_people_of_one_name_are_told_apart_by_their_phones() -> None:
    people(("姓名", "手机"), ("张伟", "13900004321"))
    report = log(row("张伟", phone=""), row("张伟", phone="13900004321"))

    assert counts(report) == {"created": 1, "error": 1}
    assert report.errors[0].fault.code == "ambiguous_person"
    assert report.errors[0].fault.params["candidates"] == "138****1234, 139****4321"


def test_a_name_is_looked_for_in_the_area_only_a_phone_everywhere() -> None:
    assert faults(log(row("张伟", phone=""), code=SUNNY)) == [(2, "姓名", "unknown_person")]
    assert counts(log(row("张伟"), code=SUNNY)) == {"created": 1}
    with read_scope() as session:
        where = session.execute(
            select(Area.code, Entry.person_area_id).join(Area, Area.id == Entry.area_id)
        ).one()
        grid = session.scalars(select(Area.id).where(Area.code == f"{HAPPY}001")).one()
    assert where == (SUNNY, grid)


def test_a_wrong_phone_says_that_the_name_is_known_with_another() -> None:
    report = log(row("张伟", phone="13812345678"))

    assert faults(report) == [(2, "手机号码", "unknown_person")]
    assert report.errors[0].fault.params["candidates"] == "138****1234"


def test_an_id_number_of_somebody_else_is_a_conflict() -> None:
    report = log((*row("李静"), id_number(15)), header=(*LOG_HEADER, "身份证"))

    assert faults(report) == [(2, "身份证", "conflict")]


def test_kinds_that_nobody_knows_become_local_ones_worth_nothing() -> None:
    report = log(row("张伟", kind="広場舞"), row("李静", kind="志 愿 服 务"), row("王芳", kind="広場舞 "))

    assert report.outcome.new_kinds == ["広場舞"]
    with read_scope() as session:
        kind = session.scalars(select(ActivityKind).where(ActivityKind.title == "広場舞")).one()
        assert not kind.service
        assert session.get_one(Area, kind.area_id).code == HAPPY


def test_rows_without_a_kind_take_the_one_given_or_are_at_fault() -> None:
    rows = [row("张伟", kind="")]

    assert faults(log(*rows)) == [(2, "活动类型", "missing_kind")]
    assert counts(log(*rows, default_kind="环境整治")) == {"created": 1}


def test_hours_without_times_are_credited_as_given() -> None:
    header = ("日期", "活动名称", "类型", "姓名", "时长(小时)")
    report = log(
        (DAY, "巡逻", "志愿服务", "张伟", "1.5"), (DAY, "巡逻", "志愿服务", "李静", "80分钟"), header=header
    )

    assert report.outcome.minutes == 170
    assert [(entry.starts_at, entry.quantity, entry.unit) for entry in entries()] == [
        (None, 150, "hour"),
        (None, 134, "hour"),
    ]


def test_service_without_any_length_is_at_fault_and_a_meeting_is_not() -> None:
    header = ("日期", "活动名称", "类型", "姓名", "时长")
    report = log(
        (DAY, "巡逻", "志愿服务", "张伟", ""), (DAY, "三会一课", "主题党日", "张伟", "/"), header=header
    )

    assert faults(report) == [(2, "时长", "missing_hours")]
    assert counts(report) == {"created": 1, "error": 1}


def test_where_hours_and_times_disagree_the_times_win_and_the_row_is_flagged() -> None:
    report = log((*row("张伟"), "3"), (*row("李静"), "2"), header=(*LOG_HEADER, "时长(小时)"))

    assert report.outcome.minutes == 240
    assert [(note.row, note.fault.column, note.fault.code) for note in report.flagged] == [
        (2, "时长(小时)", "hours_differ")
    ]


def test_place_organiser_role_note_and_the_reason_for_late_ones_are_kept() -> None:
    header = (*LOG_HEADER, "地点", "组织单位", "角色", "备注")
    log(
        (*row("张伟"), "广场", "社区党委", "领队", "带手套"),
        (*row("李静"), "", "", "", ""),
        header=header,
        accept_late="补录二季度",
    )

    with read_scope() as session:
        activity = session.scalars(select(Activity)).one()
        notes = session.scalars(select(EntryText.note)).all()
    assert (activity.place, activity.organiser) == ("广场", "社区党委")
    assert notes == ["带手套"]
    assert [(entry.role, entry.accepted_late) for entry in entries()] == [
        ("领队", "补录二季度"),
        ("", "补录二季度"),
    ]


def test_people_of_two_communities_import_into_the_street() -> None:
    people(("姓名", "手机"), ("孙阳", "13700001234"), code=SUNNY)
    report = log(row("张伟"), row("孙阳", phone="13700001234"), code=STREET)

    assert counts(report) == {"created": 2}
    assert len({entry.person_area_id for entry in entries()}) == 2


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        (row(day="2026.2.30"), "日期", "bad_date"),
        (row(day=""), "日期", "missing_date"),
        (row(day="2026-07-11"), "日期", "in_the_future"),
        (row(day="2026-07-10", start="09:30", end="10:01"), "结束时间", "in_the_future"),
        (row(start="22:00", end="02:00"), "结束时间", "end_before_start"),
        (row(start="2026-06-01 09:00", end="2026-06-02 09:30", day=""), "结束时间", "too_long"),
        (row(start="2026-06-01 09:00"), "开始时间", "date_mismatch"),
        (row(end=""), "结束时间", "half_a_time"),
        (row(end="25:00"), "结束时间", "bad_time"),
        (row(name="", phone="13800001234"), "姓名", "missing_name"),
        (row(phone="1380000"), "手机号码", "bad_phone"),
        (row(title="长" * 201), "活动名称", "text_too_long"),
        (row(kind="长" * 61), "活动类型", "text_too_long"),
    ],
)
def test_a_row_at_fault_says_in_which_column(cells: tuple[str, ...], column: str, code: str) -> None:
    assert faults(log(cells)) == [(2, column, code)]


@pytest.mark.parametrize(
    ("hours", "fault"), [("24", []), ("24.01", ["too_many_hours"]), ("120", ["too_many_hours"])]
)
def test_minutes_written_as_hours_do_not_become_days_of_service(hours: str, fault: list[str]) -> None:
    header = ("日期", "活动名称", "活动类型", "姓名", "手机号码", "时长(小时)")
    report = log((*row()[:5], hours), header=header)

    assert faults(report) == [(2, "时长(小时)", code) for code in fault]


def test_the_number_of_statements_does_not_grow_with_the_rows(app: Flask, site: Site) -> None:
    def statements(days: range) -> int:
        rows = [row(name, day=f"2026-05-{day:02d}") for day in days for name in PHONES]
        with counted(app) as seen:
            assert counts(log(*rows)) == {"created": len(rows)}
        return len(seen)

    statements(range(1, 2))
    # Chunks of parameters make the one difference there is.
    assert statements(range(2, 4)) >= statements(range(4, 25)) - 2
