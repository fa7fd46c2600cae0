"""Awards and sessions on both engines: keys, places, times, what is known when, and what erasing leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.actors import Actor, operator
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points import facts
from pointsys.plugins.party_member_points import services as scoring
from pointsys.plugins.party_member_points.ledger import meetings, personal, rosters, services
from pointsys.plugins.party_member_points.ledger.models import PointsAward, PointsAwardDecision, PointsSession
from pointsys.plugins.party_member_points.ledger.rules import AwardDraft
from pointsys.plugins.party_member_points.models import PointsSchemeVersion
from pointsys.plugins.party_member_points.quarters.models import PointsSheet
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import Party, result, stored_rows

DAY = date(2026, 6, 1)
DAY_NOON = datetime(2026, 7, 2, 4, tzinfo=UTC)
WISH = AwardDraft("wish", DAY, "认领微心愿", key="k1")
ONE, TWO, THREE, FOUR = (Actor(f"staff{no}", 900 + no) for no in range(1, 5))


def propose(
    party: Party, person: int, draft: AwardDraft = WISH, actor: Actor = ONE, area: str = "happy"
) -> str:
    """The public id of a new proposal."""
    with unit_of_work() as session:
        place, who = party.area(session, area), session.get_one(Person, person)
        return str(services.propose(session, place, who, draft, actor).public_id)


def decide(award: str, outcome: str, actor: Actor, reason: str = "", **told: Any) -> None:
    """Take a step."""
    with unit_of_work() as session:
        services.decide(session, found(session, award), outcome, reason, actor, **told)


def found(session: Session, award: str) -> PointsAward:
    """An award in this session."""
    return session.scalars(select(PointsAward).where(PointsAward.public_id == award)).one()


def confirm(award: str) -> None:
    """Verified and confirmed by others."""
    decide(award, "verified", TWO)
    decide(award, "confirmed", THREE)


def code_of(problem: pytest.ExceptionInfo[Problem]) -> str:
    """The machine code of a refusal."""
    return problem.value.code


def test_a70_a_key_is_one_proposal_and_other_content_under_it_a_conflict(party: Party) -> None:
    person = party.member()
    first = propose(party, person)
    assert propose(party, person) == first
    for other in (replace(WISH, reason="另一件"), replace(WISH, on_date=date(2026, 6, 2))):
        with pytest.raises(Problem) as refused:
            propose(party, person, other)
        assert code_of(refused) == "key_conflict"
    assert propose(party, person, replace(WISH, key="")) != propose(party, person, replace(WISH, key=""))
    with read_scope() as session:
        assert len(session.scalars(select(PointsAward)).all()) == 3


def test_proposals_are_about_members_of_the_place_on_days_that_count(party: Party, clock: FixedClock) -> None:
    person = party.member(checkin_on="2026-03-01")
    stranger = party.person("李四")
    cases: dict[str, Callable[[], str]] = {
        "person_elsewhere": lambda: propose(party, person, area="sunny"),
        "not_a_member": lambda: propose(party, stranger),
        "in_the_future": lambda: propose(party, person, replace(WISH, on_date=date(2099, 1, 1))),
        "before_checkin": lambda: propose(party, person, replace(WISH, on_date=date(2026, 2, 28))),
        "not_offered": lambda: propose(party, person, replace(WISH, item="nothing")),
        "not_awardable": lambda: propose(party, person, replace(WISH, item="attend")),
        "own_matter": lambda: propose(party, person, actor=Actor("self", None, person)),
    }
    for code, act in cases.items():
        with pytest.raises(Problem) as refused:
            act()
        assert code_of(refused) == code
    with read_scope() as session:
        assert session.scalars(select(PointsAward)).all() == []


def test_awards_reach_the_score_and_a_void_takes_them_back(party: Party) -> None:
    person = party.member()
    before = result(person)
    award = propose(party, person)
    assert result(person)["ignored"] == {award: "pending"}
    confirm(award)
    assert result(person)["credited"] == {award: "2.00"}
    with unit_of_work(drain=False) as session:
        stands = stored_rows()
        scoring.derive(session, [person])
    assert stored_rows() == stands, "computed anew it is the same"
    with pytest.raises(Problem) as refused:
        decide(award, "voided", THREE, "搞错了")
    assert code_of(refused) == "another_person_needed"
    decide(award, "voided", FOUR, "搞错了")
    assert result(person)["total"] == before["total"]
    assert result(person)["ignored"] == {award: "voided"}
    with pytest.raises(Problem) as refused:
        decide(award, "voided", TWO, "又一次")
    assert code_of(refused) == "wrong_state", "one void, and none of a void"


def test_a_veto_waits_for_the_notice_and_then_rules_the_grade(party: Party) -> None:
    person = party.member()
    award = propose(party, person, AwardDraft("violation", DAY, "受到党纪处分"))
    assert "vetoed" not in result(person)
    with pytest.raises(Problem) as refused:
        decide(award, "confirmed", THREE)
    assert code_of(refused) == "tell_first"
    decide(award, "told", ONE, how="visit", on_date=DAY)
    assert "vetoed" not in result(person)
    decide(award, "confirmed", THREE)
    assert (result(person)["vetoed"], result(person)["grade"]) == (True, "不合格")


def test_what_was_decided_later_was_not_known_then(party: Party, clock: FixedClock) -> None:
    person = party.member()
    award = propose(party, person)
    then = clock.now
    clock.now += timedelta(hours=1)
    confirm(award)
    confirmed_at = clock.now
    clock.now += timedelta(hours=1)
    decide(award, "voided", FOUR, "搞错了")

    def status(known_at: Any) -> str | None:
        with read_scope() as session:
            members, _rules, _once = facts.gather(session, [person], known_at)
        events = members[0].events
        return "voided" if members[0].voids else events[0]["status"] if events else None

    assert status(then - timedelta(minutes=1)) is None
    assert [status(then), status(confirmed_at), status(clock.now), status(None)] == [
        "pending", "confirmed", "voided", "voided",
    ]  # fmt: skip


def test_a71_into_a_confirmed_period_goes_an_adjusting_entry_alone(party: Party) -> None:
    person = party.member()
    waiting = propose(party, person)
    decide(waiting, "verified", TWO)
    with unit_of_work() as session:
        session.add(
            PointsSheet(
                public_id="s" * 16, area_id=party.areas["happy"], branch="", scheme_id="community-inservice",
                publication_id=session.scalars(select(PointsSchemeVersion.id)).one(), period="2026",
                cut=date(2026, 6, 30), label="2026-Q2", no=1, since_id=None, line_count=0, waiting=0, text="{}",
                basis="{}", sha256="0" * 64, computed_at=DAY_NOON, computed_by="x", computed_by_account=None,
                state="confirmed", publicity_id=None,
            )
        )  # fmt: skip
    for act in (
        lambda: propose(party, person, replace(WISH, key="k2")),
        lambda: decide(waiting, "confirmed", THREE),
    ):
        with pytest.raises(Problem) as refused:
            act()
        assert (code_of(refused), refused.value.params["day"]) == ("period_confirmed", "2026-06-30")
    later = propose(party, person, replace(WISH, key="k3", on_date=date(2026, 7, 1)))
    adjusting = propose(party, person, replace(WISH, key="k4", adjusting=True))
    decide(waiting, "confirmed", THREE, "党委会同意补记")
    confirm(adjusting)
    with read_scope() as session:
        assert [found(session, award).adjusting for award in (waiting, later, adjusting)] == [
            False,
            False,
            True,
        ]


def test_facts_stay_and_only_words_about_people_go(party: Party) -> None:
    person = party.member()
    award = propose(party, person, replace(WISH, evidence="照片"))
    decide(award, "rejected", TWO, "不属实")
    for change in (
        "UPDATE points_award SET points = 1", "UPDATE points_award SET item = 'x'", "DELETE FROM points_award",
        "UPDATE points_award SET reason = 'y'", "UPDATE points_award_decision SET outcome = 'confirmed'",
        "DELETE FROM points_award_decision",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as session:
            session.execute(text(change))
    with read_scope() as session:
        told: Any = personal.export(session, person, [person])
        assert told["awards"][0]["reason"] == "认领微心愿"
        assert told["awards"][0]["steps"][0]["reason"] == "不属实"
    with unit_of_work() as session:
        personal.erase(session, person, [person])
    with read_scope() as session:
        stands = found(session, award)
        assert (stands.reason, stands.evidence, stands.item) == ("", "", "wish")
        assert session.scalars(select(PointsAwardDecision.reason)).all() == [""]


def test_merged_people_have_one_ledger(party: Party) -> None:
    first, second = party.member("王一"), party.member("王乙")
    award = propose(party, second)
    confirm(award)
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, first), session.get_one(Person, second), operator())
    assert result(first)["credited"] == {award: "2.00"}


def hold(party: Party, actor: Actor = ONE) -> str:
    """A session of the community on a day; its public id."""
    with unit_of_work() as session:
        place = party.area(session, "happy")
        return str(meetings.create(session, place, "党员大会", DAY, "attend|", actor).public_id)


def said(meeting: str, words: dict[int, str], actor: Actor = ONE, reason: str = "") -> int:
    """Record attendance."""
    with unit_of_work() as session:
        row = session.scalars(select(PointsSession).where(PointsSession.public_id == meeting)).one()
        return int(meetings.say(session, row, words, reason, actor))


def close(meeting: str, outcome: str = "confirmed", actor: Actor = TWO, reason: str = "") -> None:
    """Confirm or void the sheet."""
    with unit_of_work() as session:
        row = session.scalars(select(PointsSession).where(PointsSession.public_id == meeting)).one()
        meetings.decide(session, row, outcome, reason, actor)


def govern(person: int) -> str:
    """Points of the category that attendance belongs to."""
    return str(result(person)["categories"]["govern"])


def test_attendance_is_the_share_of_confirmed_sessions(party: Party) -> None:
    came, excused, absent = party.member("甲"), party.member("乙"), party.member("丙")
    later = party.member("丁", checkin_on="2026-06-02")
    meeting = hold(party)
    assert said(meeting, {came: "attended", absent: "attended"}) == 2
    assert said(meeting, {absent: "absent"}) == 1
    assert said(meeting, {came: "attended"}) == 0, "said already"
    with pytest.raises(Problem) as refused:
        said(meeting, {excused: "excused"})
    assert code_of(refused) == "reason_needed"
    said(meeting, {excused: "excused"}, reason="住院")
    assert [govern(p) for p in (came, excused, absent)] == ["0.00"] * 3
    with pytest.raises(Problem) as refused:
        close(meeting, actor=ONE)
    assert code_of(refused) == "another_person_needed"
    close(meeting)
    assert [govern(p) for p in (came, excused, absent, later)] == ["3.00", "0.00", "0.00", "0.00"]
    second = hold(party)
    said(second, {absent: "attended"})
    close(second)
    # One of two: below the share that the scheme asks for; the excused one had one session only.
    assert [govern(p) for p in (came, excused, absent)] == ["0.00", "0.00", "0.00"]
    close(second, "voided", FOUR, "没有开")
    assert govern(came) == "3.00", "what a void takes back comes back by itself"


def test_entries_of_the_linked_activity_are_attendance(party: Party) -> None:
    came, absent = party.member("甲"), party.member("乙")
    entry = party.serve(came, day=DAY, title="党员大会暨清洁日")
    with unit_of_work() as session:
        activity = session.get_one(Activity, session.get_one(Entry, entry).activity_id)
        place = party.area(session, "happy")
        meeting = meetings.create(
            session, place, "党员大会", DAY, "attend|", ONE, activity=activity
        ).public_id
    close(meeting)
    assert [govern(came), govern(absent)] == ["3.00", "0.00"]
    with read_scope() as session:
        lines, _total = rosters.sessions_page(session, party.areas["happy"], limit=10, offset=0)
        assert (lines[0].expected, lines[0].attended) == (2, 1)
    party.decide(entry)
    assert govern(came) == "0.00", "what is voided in the log is no attendance"


def test_nobody_records_their_own_attendance(party: Party) -> None:
    person = party.member("甲")
    meeting = hold(party)
    with pytest.raises(Problem) as refused:
        said(meeting, {person: "attended"}, Actor("self", None, person))
    assert code_of(refused) == "own_matter"
