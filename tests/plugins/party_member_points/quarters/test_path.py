"""S-10 and S-11: a sheet from computing to confirmed and reopened, computed again to the byte.

An appeal reaches another reviewer, and a correction keeps the old and the new.
"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.objections import services as objections
from pointsys.core.objections.models import Objection
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.people.services import move_person
from pointsys.core.publicity.models import Publicity
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.ledger import meetings
from pointsys.plugins.party_member_points.ledger import services as ledger
from pointsys.plugins.party_member_points.ledger.rules import AwardDraft
from pointsys.plugins.party_member_points.members import Said, say
from pointsys.plugins.party_member_points.quarters import chain, marks, reading, services
from pointsys.plugins.party_member_points.quarters.confirmed import confirmed_until
from pointsys.plugins.party_member_points.quarters.models import PointsSheet, PointsSheetEvent
from pointsys.plugins.party_member_points.wallet import settling
from pointsys.plugins.party_member_points.wallet.services import wallets_of
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import Party
from tests.plugins.party_member_points.quarters.quarter import Quarter, make_quarter


@pytest.fixture
def quarter(party: Party, clock: FixedClock) -> Quarter:
    """Ten days after the second quarter of 2026."""
    return make_quarter(party, clock)


def refused(act: object, *args: object, **kwargs: object) -> str:
    """The code of the Problem that an act ends with."""
    with pytest.raises(Problem) as problem:
        act(*args, **kwargs)  # type: ignore[operator]
    return problem.value.code


def faults() -> set[str]:
    """What the proof of the chain finds."""
    with read_scope() as session:
        return {fault.what for fault in chain.verify(session).faults}


def rebuilt(sheet: int) -> chain.Rebuilt:
    """The sheet computed again."""
    with read_scope() as session:
        return chain.rebuild(session, session.get_one(PointsSheet, sheet))


def test_sheets_of_a_year_hold_the_standing_at_each_cut_and_the_gain_since(quarter: Quarter) -> None:
    first = quarter.to_confirmed("2026-Q1")
    second = quarter.compute("2026-Q2", quarter.actor(1))

    # 10 to begin with; 2 hours; an idle quarter costs 2 points.
    assert quarter.totals(first) == {"甲一": ("12.00", 1200), "乙二": ("8.00", 800)}
    assert quarter.totals(second) == {"甲一": ("14.00", 200), "乙二": ("11.00", 300)}
    found = quarter.text(second)
    assert (found["period"], found["cut"], found["label"], found["no"]) == (
        "2026",
        "2026-06-30",
        "2026-Q2",
        1,
    )
    with read_scope() as session:
        assert found["since"] == session.get_one(PointsSheet, first).public_id
        assert confirmed_until(session, quarter.party.areas["grid1"]) == date(2026, 3, 31)
        assert confirmed_until(session, quarter.party.areas["sunny"]) is None


def test_what_was_recorded_after_the_quarter_counts_in_its_sheet_and_later_days_do_not(
    quarter: Quarter,
) -> None:
    # Recorded on 10 July, like everything here; of July itself nothing counts yet.
    quarter.party.serve(quarter.people["乙二"], day=date(2026, 7, 5), title="七月")

    assert quarter.totals(quarter.compute("2026-Q2", quarter.actor(1)))["乙二"] == ("11.00", 1100)
    assert refused(quarter.compute, "2026-Q3", quarter.actor(1)) == "cut_not_over"
    assert refused(quarter.compute, "2026-Q5", quarter.actor(1)) == "bad_cut"
    assert refused(quarter.compute, "2026-03", quarter.actor(1)) == "no_scheme"
    assert refused(quarter.compute, "2026-Q1", quarter.actor(1), "没有的支部") == "unknown_branch"


def test_a_sheet_is_confirmed_by_somebody_else_after_its_time_and_then_stays(quarter: Quarter) -> None:
    computer, secretary = quarter.actor(1), quarter.actor(2)
    old = quarter.compute("2026-Q1", computer)
    sheet = quarter.compute("2026-Q1", computer)
    assert (quarter.state(old), quarter.text(sheet)["no"]) == ("replaced", 2)
    assert refused(quarter.publish, old, computer) == "wrong_state"
    assert refused(quarter.confirm, sheet, secretary) == "wrong_state"
    quarter.publish(sheet, computer)
    assert refused(quarter.confirm, sheet, secretary) == "not_over"
    quarter.clock.advance(days=20)
    assert refused(quarter.confirm, sheet, computer) == "another_person_needed"
    quarter.confirm(sheet, secretary)

    assert (quarter.state(sheet), quarter.notices()) == ("confirmed", ["confirmed"])
    assert refused(quarter.confirm, sheet, secretary) == "wrong_state"
    assert refused(quarter.compute, "2026-Q1", computer) == "sheet_confirmed"
    assert faults() == set()
    with pytest.raises(DBAPIError), unit_of_work() as session:
        session.execute(text("UPDATE points_sheet_line SET total = 9999"))
    with pytest.raises(DBAPIError), unit_of_work() as session:
        session.execute(text("DELETE FROM points_sheet_event"))


def test_an_objection_to_a_line_marks_it_and_its_answer_has_to_be_followed(quarter: Quarter) -> None:
    computer = quarter.actor(1)
    sheet = quarter.compute("2026-Q2", computer)
    line = quarter.subject(sheet, "甲一")
    member = quarter.actor(7, "member", quarter.people["甲一"])
    with unit_of_work() as session:
        # Nothing is up yet, and others' lines are not one's own.
        for actor, subject in ((member, line), (quarter.actor(8, "member", quarter.people["乙二"]), line)):
            assert refused(objections.raise_objection, session, marks.LINE, subject, "少了", actor) in (
                "too_late", "not_yours",
            )  # fmt: skip
    quarter.publish(sheet, computer)
    with unit_of_work() as session:
        raised = objections.raise_objection(session, marks.LINE, line, "五月少记一小时", member).id
    with read_scope() as session:
        found = marks.of_sheet(session, session.get_one(PointsSheet, sheet))
        lines, _count = reading.members_of(session, session.get_one(PointsSheet, sheet), found)
        assert {m.name: m.waits for m in lines} == {"甲一": True, "乙二": False}
        own = reading.own_lines(session, quarter.people["甲一"])
        assert [(row.row.state, row.total, row.may_object) for row in own] == [("objected", "14.00", False)]
    quarter.clock.advance(days=20)
    assert refused(quarter.confirm, sheet, quarter.actor(2)) == "open_objections"
    with unit_of_work() as session:
        objection = session.get_one(Objection, raised)
        # Who computed and published it, and who raised it, do not answer.
        for actor in (computer, member):
            assert (
                refused(objections.answer, session, objection, "upheld", "补记", actor)
                == "another_person_needed"
            )
        objections.answer(session, objection, "upheld", "属实,补记一小时", quarter.actor(3))
    assert refused(quarter.confirm, sheet, quarter.actor(2)) == "objection_upheld"

    quarter.party.serve(quarter.people["甲一"], "13:00", "14:00", day=date(2026, 5, 9), title="补记")
    again = quarter.compute("2026-Q2", computer)
    assert refused(quarter.confirm, sheet, quarter.actor(2)) == "newer_sheet"
    assert refused(quarter.publish, again, computer) == "already_posted"
    quarter.publish(again, computer, "异议成立,重新计算")
    assert (quarter.state(sheet), quarter.notices()) == ("replaced", ["superseded", "posted"])
    quarter.clock.advance(days=20)
    # Whoever answered for it does not confirm what they answered about.
    quarter.confirm(again, quarter.actor(2))
    assert quarter.totals(again)["甲一"] == ("15.00", 1500)


def test_an_objection_to_an_entry_keeps_the_sheet_of_its_time_open(quarter: Quarter) -> None:
    sheet = quarter.compute("2026-Q2", quarter.actor(1))
    quarter.publish(sheet, quarter.actor(1))
    with unit_of_work() as session:
        entry = session.execute(text("SELECT public_id FROM entry ORDER BY id LIMIT 1")).scalar_one()
        member = quarter.actor(7, "member", quarter.people["甲一"])
        raised = objections.raise_objection(session, "entry", entry, "不是我", member).id
    quarter.clock.advance(days=20)
    assert refused(quarter.confirm, sheet, quarter.actor(2)) == "open_objections"
    with unit_of_work() as session:
        objections.answer(session, session.get_one(Objection, raised), "rejected", "有照片", quarter.actor(3))
    assert refused(quarter.confirm, sheet, quarter.actor(3)) == "another_person_needed"
    quarter.confirm(sheet, quarter.actor(2))


def test_a71_a_confirmed_sheet_stays_until_it_is_reopened_and_then_gets_the_next_number(
    quarter: Quarter,
) -> None:
    sheet = quarter.to_confirmed("2026-Q1")
    printed = quarter.text(sheet)
    quarter.party.serve(quarter.people["乙二"], day=date(2026, 2, 2), title="漏记", accepted_late="漏记")
    with read_scope() as session:
        assert reading.later_facts(session, session.get_one(PointsSheet, sheet)) == 1
    assert quarter.text(sheet) == printed
    assert rebuilt(sheet) == chain.Rebuilt(printed["id"], "2026-Q1", True, (), ())

    assert refused(quarter.reopen, sheet, quarter.actor(2), "") == "reason_needed"
    quarter.reopen(sheet, quarter.actor(2))
    again = quarter.to_confirmed("2026-Q1", "漏记一次,党委会决定重开")
    assert (quarter.state(sheet), quarter.text(again)["no"]) == ("reopened", 2)
    assert quarter.totals(again)["乙二"] == ("12.00", 1200)
    assert quarter.text(sheet) == printed
    assert quarter.notices() == ["superseded", "confirmed"]
    with read_scope() as session:
        links = session.execute(
            select(PointsSheetEvent.chain_no, PointsSheetEvent.outcome)
            .where(PointsSheetEvent.chain_no.is_not(None))
            .order_by(PointsSheetEvent.chain_no)
        ).all()
        assert [tuple(link) for link in links] == [(1, "confirmed"), (2, "reopened"), (3, "confirmed")]
    assert faults() == set()


def test_a_sheet_is_computed_again_to_the_byte_whatever_happened_since(quarter: Quarter) -> None:
    party, one, two = quarter.party, quarter.people["甲一"], quarter.people["乙二"]
    waits = party.serve(two, day=date(2026, 4, 4), title="待确认", confirm=False)
    sheet = quarter.to_confirmed("2026-Q2")
    assert rebuilt(sheet).equal
    # Decisions, facts, membership, the mapping of kinds and names change afterwards.
    party.decide(waits, "confirmed")
    with read_scope() as session:
        first = session.execute(text("SELECT id FROM entry ORDER BY id LIMIT 1")).scalar_one()
    party.decide(first)
    party.serve(one, day=date(2026, 6, 6), title="后来的")
    party.map_kind({"community-service": None})
    with unit_of_work() as session:
        say(session, [Said(two, "checkin", on_date=date(2026, 4, 1))], "staff", SYSTEM)
    assert rebuilt(sheet) == chain.Rebuilt(quarter.text(sheet)["id"], "2026-Q2", True, (), ())
    # Rows that became one human being since are named and compared as they stood.
    other = party.person("甲一", "grid2")
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, one), session.get_one(Person, other), SYSTEM)
        public = session.get_one(Person, one).public_id
    assert rebuilt(sheet) == chain.Rebuilt(quarter.text(sheet)["id"], "2026-Q2", True, (), (public,))


def test_the_proof_names_what_was_changed_past_the_application(quarter: Quarter) -> None:
    sheet = quarter.to_confirmed("2026-Q1")
    with unit_of_work() as session:
        session.execute(update(PointsSheet).values(state="computed"))
    assert faults() == {"state"}
    with unit_of_work() as session:
        session.execute(update(PointsSheet).values(state="confirmed"))
    assert faults() == set()
    with unit_of_work() as session:
        session.execute(update(Publicity).values(state="withdrawn"))
    # A notice that was taken down still says what it said.
    assert faults() == set()
    second = quarter.compute("2026-Q2", quarter.actor(1))
    with unit_of_work() as session:
        session.execute(update(PointsSheet).where(PointsSheet.id == second).values(state="confirmed"))
    assert faults() == {"state"}
    assert sheet != second


def test_wallets_get_each_credit_once_however_often_a_sheet_is_reopened(quarter: Quarter) -> None:
    def paid(*sheets: int) -> dict[str, int]:
        names = {person: name for name, person in quarter.people.items()}
        with read_scope() as session:
            ids = [session.get_one(PointsSheet, sheet).public_id for sheet in sheets]
            found = settling.paid_to_people(session, ids)
            return {names[person]: points for person, points in found.items()}

    first, second = quarter.to_confirmed("2026-Q1"), quarter.to_confirmed("2026-Q2")
    # What entries brought, neither the base nor the idle quarter.
    assert paid(first) == {"甲一": 200}
    assert paid(second) == {"甲一": 200, "乙二": 300}
    with read_scope() as session:
        entry = session.execute(text("SELECT id FROM entry ORDER BY id LIMIT 1")).scalar_one()
    quarter.party.decide(entry)
    quarter.reopen(first, quarter.actor(2))
    assert paid(first) == {}
    again = quarter.to_confirmed("2026-Q1", "误记,重新计算")
    # 甲一 has nothing for the first quarter any more; what the second one paid stands.
    assert paid(first, again, second) == {"甲一": 200, "乙二": 300}
    quarter.party.serve(quarter.people["乙二"], day=date(2026, 7, 4), title="七月")
    quarter.clock.now = quarter.clock.now.replace(month=10, day=9)
    third = quarter.to_confirmed("2026-Q3")
    assert paid(again, second, third) == {"甲一": 200, "乙二": 500}


SCHEME = """
id = "other"
title = "其他办法"
subject = "person"
timezone = "Asia/Shanghai"
period = {{ type = "{kind}" }}
[[version]]
no = 1
effective_from = "2024-01-01"
category = [ {{ id = "service", title = "志愿服务" }} ]
item = [ {{ id = "service", category = "service", mode = "per_qty", points = 1 }} ]
grade = [ {{ id = "优", min = 3 }}, {{ id = "良" }} ]
"""


@pytest.mark.parametrize(
    ("kind", "cuts"),
    [
        ("lifetime", {"2026-Q1": ("lifetime", "2.00", "良"), "2026-Q2": ("lifetime", "4.00", "优")}),
        ("rolling", {"2026-Q1": ("rolling", "2.00", "良"), "2026-Q2": ("rolling", "4.00", "优")}),
        ("half", {"2026-Q1": ("2026-H1", "2.00", None), "2026-Q2": ("2026-H1", "4.00", "优")}),
        ("quarter", {"2026-Q1": ("2026-Q1", "2.00", "良"), "2026-Q2": ("2026-Q2", "2.00", "良")}),
        ("month", {"2026-03": ("2026-03", "2.00", "良"), "2026-04": ("2026-04", "0.00", "良")}),
    ],
)
def test_a_scheme_of_any_period_has_sheets_and_grades_when_a_period_is_over(
    quarter: Quarter, kind: str, cuts: dict[str, tuple[str, str, str | None]]
) -> None:
    quarter.party.publish(SCHEME.format(kind=kind), date(2026, 1, 1))
    for label, (period, total, grade) in cuts.items():
        sheet = quarter.compute(label, quarter.actor(1))
        lines = {line["total"]: line["grade"] for line in quarter.text(sheet)["lines"]}
        assert (quarter.text(sheet)["period"], lines[total]) == (period, grade)
        assert quarter.totals(sheet)["甲一"][0] == total
        assert rebuilt(sheet).equal


def test_the_calendar_of_a_year_tells_what_is_next(quarter: Quarter) -> None:
    from pointsys.plugins.party_member_points.schemes import rules_of

    quarter.to_confirmed("2026-Q1")
    with read_scope() as session:
        area = quarter.party.areas["happy"]
        slots = reading.calendar(session, area, rules_of(session, area), 2026, "", date(2026, 7, 30))
        assert [(slot.cut.label, slot.state) for slot in slots] == [
            ("2026-Q1", "confirmed"), ("2026-Q2", "open"), ("2026-Q3", "running"), ("2026-Q4", "running"),
        ]  # fmt: skip
        rows, total = reading.list_sheets(session, quarter.party.areas["street"])
        assert (total, rows[0].area, rows[0].open) == (1, "幸福社区", 0)


def test_the_text_that_was_changed_is_neither_published_nor_confirmed(quarter: Quarter) -> None:
    sheet = quarter.compute("2026-Q1", quarter.actor(1))
    with read_scope() as session:
        found = session.get_one(PointsSheet, sheet)
        services.check_intact(found)
        found.text = found.text.replace("12.00", "13.00")
        assert refused(services.check_intact, found) == "text_changed"
        session.rollback()


def paid_in_all(quarter: Quarter) -> dict[str, int]:
    """Hundredths in wallets by name."""
    with read_scope() as session:
        wallets = wallets_of(session, list(quarter.people.values()))
        return {name: wallets[person].balance for name, person in quarter.people.items()}


def move(quarter: Quarter, name: str, area: str, on: date) -> None:
    """Let a member belong to another area."""
    with unit_of_work() as session:
        person = session.get_one(Person, quarter.people[name])
        move_person(session, person, quarter.party.areas[area], on, SYSTEM)


def test_whoever_moves_stands_on_the_sheet_of_where_they_belonged_on_its_last_day(quarter: Quarter) -> None:
    party, one = quarter.party, quarter.people["甲一"]
    party.roster({one: {"political_status": "member", "branch": "第一支部"}})
    first = quarter.to_confirmed("2026-Q1")
    # The second quarter's sheets are computed after the move of 3 July.
    move(quarter, "甲一", "sunny", date(2026, 7, 3))
    party.roster({one: {"political_status": "member", "branch": "阳光支部"}}, "sunny")
    here = quarter.compute("2026-Q2", quarter.actor(1))
    branch = quarter.compute("2026-Q2", quarter.actor(1), "第一支部")
    assert quarter.totals(first).keys() == quarter.totals(here).keys() == {"甲一", "乙二"}
    assert quarter.totals(branch) == {"甲一": ("14.00", 200)}
    with pytest.raises(Problem) as refusal:
        quarter.compute("2026-Q2", quarter.actor(1), area="sunny")
    assert refusal.value.code == "nobody_on_sheet"

    quarter.clock.now = quarter.clock.now.replace(month=10, day=9)
    party.serve(one, day=date(2026, 8, 1), title="八月", area="sunny")
    here = quarter.compute("2026-Q3", quarter.actor(1))
    there = quarter.compute("2026-Q3", quarter.actor(1), area="sunny")
    assert quarter.totals(here).keys() == {"乙二"}
    # What the other area confirmed last is what the gain is counted from.
    assert quarter.totals(there) == {"甲一": ("16.00", 400)}
    assert rebuilt(there).equal
    quarter.reopen(first, quarter.actor(2))
    assert rebuilt(there).equal


def test_a_sheet_is_computed_again_to_the_byte_after_a_membership_ended_and_a_meeting_was_voided(
    quarter: Quarter,
) -> None:
    party, one, two = quarter.party, quarter.people["甲一"], quarter.people["乙二"]
    with unit_of_work() as session:
        entry = session.scalars(select(Entry).where(Entry.person_id == one).order_by(Entry.id)).all()[-1]
        activity = session.get_one(Activity, entry.activity_id)
        meeting = meetings.create(
            session, party.area(session, "happy"), "大会", date(2026, 5, 9), "attend|", quarter.actor(5),
            activity=activity,
        )  # fmt: skip
        meetings.decide(session, meeting, "confirmed", "", quarter.actor(6))
        attended = entry.id
    sheet = quarter.to_confirmed("2026-Q2")
    assert rebuilt(sheet).equal
    party.decide(attended)
    assert rebuilt(sheet).equal
    with unit_of_work() as session:
        say(session, [Said(two, "status", value="none")], "staff", SYSTEM)
    assert rebuilt(sheet) == chain.Rebuilt(quarter.text(sheet)["id"], "2026-Q2", True, (), ())


def test_all_sheets_together_pay_nobody_more_than_they_say(quarter: Quarter) -> None:
    party = quarter.party
    everyone = {name: {"political_status": "member", "branch": "第一支部"} for name in quarter.people}
    party.roster({quarter.people[name]: values for name, values in everyone.items()})
    first = quarter.to_confirmed("2026-Q1")
    quarter.to_confirmed("2026-Q2")
    assert paid_in_all(quarter) == {"甲一": 400, "乙二": 300}
    # The same people on a sheet of their branch, and on an earlier one that is made anew after a later one.
    quarter.to_confirmed("2026-Q2", branch="第一支部")
    assert paid_in_all(quarter) == {"甲一": 400, "乙二": 300}
    quarter.reopen(first, quarter.actor(2))
    assert paid_in_all(quarter) == {"甲一": 200, "乙二": 300}
    quarter.clock.now = quarter.clock.now.replace(month=10, day=9)
    quarter.to_confirmed("2026-Q3")
    assert paid_in_all(quarter) == {"甲一": 400, "乙二": 300}
    quarter.to_confirmed("2026-Q1", "党委会决定重开")
    assert paid_in_all(quarter) == {"甲一": 400, "乙二": 300}


def test_an_objection_to_an_award_keeps_the_sheet_of_its_time_open(quarter: Quarter) -> None:
    one = quarter.people["甲一"]
    draft = AwardDraft("noshow", date(2026, 5, 5), "无故缺席")
    with unit_of_work() as session:
        happy = quarter.party.area(session, "happy")
        award = ledger.propose(session, happy, session.get_one(Person, one), draft, quarter.actor(4))
        ledger.decide(session, award, "told", "", quarter.actor(4), how="message", on_date=date(2026, 5, 6))
        ledger.decide(session, award, "confirmed", "", quarter.actor(5))
        public = award.public_id
    sheet = quarter.compute("2026-Q2", quarter.actor(1))
    quarter.publish(sheet, quarter.actor(1))
    with unit_of_work() as session:
        member = quarter.actor(7, "member", one)
        objections.raise_objection(session, "points.award", public, "那天请过假", member)
    quarter.clock.advance(days=20)
    assert refused(quarter.confirm, sheet, quarter.actor(2)) == "open_objections"
