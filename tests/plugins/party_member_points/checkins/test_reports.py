"""A unit's list: whom its rows mean, what applying asks for, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pointsys.core.actors import SYSTEM
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import read_text
from pointsys.plugins.party_member_points.checkins import queries, reports
from pointsys.plugins.party_member_points.checkins.models import PointsCheckin, PointsUnitReport
from pointsys.plugins.party_member_points.checkins.posts import parse_post
from tests.plugins.party_member_points.party import Party

HEAD = "姓名\t手机号码\t政治面貌\t党支部\t支部职务\t报到日期\n"
LIST = HEAD + (
    "张三\t13800000001\t中共党员\t一支部\t书记\t2026-03-01\n"  # member of another unit
    "李四\t13800000002\t预备党员\t\t\t\n"  # on record, no member
    "王五\t13800000003\t中共党员\t\t\t2026-02-02\n"  # not on record
    "赵六\t13800000004\t中共党员\t\t\t\n"  # lives in another community
    "钱七\t\t中共党员\t\t\t\n"  # without a number, on record nowhere
    "孙八\t13800000008\t中共党员\t\t\t2031-01-01\n"  # a day to come
    "张三\t13800000001\t中共党员\t\t\t\n"  # once more
    "周九\t\t中共党员\t\t\t\n"  # exactly one of this name here, member of this unit
)
EXPECTED = ["changed", "known", "new", "unclear", "unclear", "unclear", "unclear", "present"]


def prepare(party: Party) -> int:
    member = party.person("张三", phone="13800000001")
    party.roster({member: {"political_status": "member", "home_unit": "供电公司", "branch": "一支部"}})
    party.person("李四", phone="13800000002")
    party.person("赵六", "sunny", phone="13800000004")
    party.member("周九", home_unit="市一中")
    with unit_of_work() as session:
        rows = reports.read_rows(read_text(LIST))
        report = reports.take(session, party.area(session, "happy"), "市一中", "名单.xlsx", rows, SYSTEM)
        return int(report.id)


def test_each_row_of_a_units_list_comes_to_what_the_record_says(party: Party) -> None:
    report_id = prepare(party)
    with read_scope() as session:
        report = session.get_one(PointsUnitReport, report_id)
        assert report.rows_sealed is not None
        assert "13800000003" not in repr(report.rows_sealed)
        found = reports.judge(session, party.area(session, "happy"), "市一中", reports.rows_of(report))
        assert [verdict.outcome for verdict in found] == EXPECTED
        codes = [verdict.why.code if verdict.why else "" for verdict in found]
        assert codes == ["", "", "", "elsewhere", "no_number", "bad_row", "repeated", ""]
        assert found[0].before == "供电公司"


def test_applying_a_list_asks_and_states_nothing(party: Party) -> None:
    report_id = prepare(party)
    with unit_of_work() as session:
        report = session.get_one(PointsUnitReport, report_id)
        counts = reports.apply(session, report, SYSTEM)
    assert counts == {"changed": 1, "known": 1, "new": 1, "unclear": 4, "present": 1}
    with read_scope() as session:
        rows, total = queries.requests_page(session, party.areas["happy"], queries.Filters(unit="市一中"))
        assert total == 3
        assert {(row.name, row.kind, row.status, row.source) for row in rows} == {
            ("张三", "transfer", "submitted", "unit"),
            ("李四", "checkin", "submitted", "unit"),
            ("王五", "checkin", "submitted", "unit"),
        }
        assert session.get_one(PointsUnitReport, report_id).rows_sealed is None
        assert queries.units_page(session, party.areas["happy"], "市一")[0][0].waiting == 3
    with pytest.raises(Problem) as again, unit_of_work() as session:
        reports.apply(session, session.get_one(PointsUnitReport, report_id), SYSTEM)
    assert again.value.code == "report_closed"


def test_whoever_may_not_add_people_asks_for_those_on_record_alone(party: Party) -> None:
    report_id = prepare(party)
    with unit_of_work() as session:
        before = session.scalar(select(func.count(Person.id)))
        counts = reports.apply(
            session, session.get_one(PointsUnitReport, report_id), SYSTEM, add_people=False
        )
        assert session.scalar(select(func.count(Person.id))) == before
    assert (counts["new"], counts["unclear"], counts["known"]) == (0, 5, 1)


def test_a_list_that_nobody_applies_is_forgotten_after_a_week(party: Party) -> None:
    report_id = prepare(party)
    now = current_site().now()
    for days, state in ((6, "open"), (8, "dropped")):
        reports.drop_old(now + timedelta(days=days))
        with read_scope() as session:
            report = session.get_one(PointsUnitReport, report_id)
            assert (report.state, report.rows_sealed is None) == (state, state == "dropped")
    with read_scope() as session:
        assert session.scalars(select(PointsCheckin.id)).all() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("张三\t13800000001\n", "no_header"), (HEAD, "empty_list"), (HEAD + "张三\n" * 501, "too_many_rows")],
)
def test_a_sheet_that_is_no_list_is_refused(party: Party, text: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        reports.read_rows(read_text(text))
    assert refused.value.code == code


def test_a_list_belongs_to_a_community(party: Party) -> None:
    rows = reports.read_rows(read_text(LIST))
    for area, unit, code in (("street", "市一中", "not_a_community"), ("happy", " ", "home_unit_needed")):
        with pytest.raises(Problem) as refused, unit_of_work() as session:
            reports.take(session, party.area(session, area), unit, "", rows, SYSTEM)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "post"),
    [
        ("党支部书记", "secretary"), ("副书记", "deputy_secretary"), ("组织委员", "organisation"),
        ("支部 委员", "committee"), ("党小组组长", "group_leader"), ("普通党员", ""), ("纪检委员", "discipline"),
    ],
)  # fmt: skip
def test_posts_are_known_by_the_words_that_sheets_use(cell: str, post: str) -> None:
    assert parse_post(cell) == post


def test_a_word_that_is_no_post_is_refused() -> None:
    with pytest.raises(Problem, match="post"):
        parse_post("居民")
