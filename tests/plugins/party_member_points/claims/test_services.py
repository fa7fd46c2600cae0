"""What becomes of a claim: from the draft to points, by three people, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from pointsys.core.activity_log.models import Decision, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.attachments.models import Attachment
from pointsys.core.attachments.pictures import read_picture
from pointsys.core.objections import services as objections
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.claims import counts, personal, queries, services, settling
from pointsys.plugins.party_member_points.claims.expected import expected_of
from pointsys.plugins.party_member_points.claims.models import PointsClaim, PointsClaimEvent
from pointsys.plugins.party_member_points.claims.offers import offers_in
from pointsys.plugins.party_member_points.ledger.models import PointsAward, PointsAwardDecision
from tests.conftest import FixedClock
from tests.core.test_attachments import photo
from tests.factories import actor_of, at, make_account
from tests.plugins.party_member_points.claims.village import DAY, Village, found, make_village
from tests.plugins.party_member_points.party import Party, result, score

LATER = date(2026, 7, 10)


@pytest.fixture
def village(party: Party, clock: FixedClock) -> Village:
    """On 10 July 2026."""
    clock.now = at(LATER, "10:00")
    return make_village(party)


def refused(act: Callable[[], object]) -> str:
    """The code of the Problem that an act raises."""
    with pytest.raises(Problem) as raised:
        act()
    return raised.value.code


def second_account(village: Village, person: int, login: str) -> None:
    """An account of the committee whose person turns out to be ``person``."""
    row = village.party.person("同一人", "happy")
    with unit_of_work() as session:
        happy = village.party.area(session, "happy")
        account = make_account(
            session, "party_committee", happy, person=session.get_one(Person, row), login=login
        )
        village.actors[login] = actor_of(account, "party_committee", happy)
        merge_people(session, session.get_one(Person, person), session.get_one(Person, row), SYSTEM)


def state(claim: str) -> str:
    """The state to show."""
    with read_scope() as session:
        stored = found(session, claim)
        shown: str = queries.own_rows(session, stored.person_id, stored.id)[0].state
        return shown


def test_a_claim_of_service_becomes_an_entry_that_two_others_answer_for(village: Village) -> None:
    before = score(village.member).total
    claim = village.handed_in(starts_at=at(DAY, "09:00"))
    with read_scope() as session:
        expected = expected_of(session, [found(session, claim)])[claim]
    assert (expected.points, expected.reason, expected.stays) == ("2.00", "", False)

    village.act(claim, "verified", "secretary")
    assert score(village.member).total == before, "nothing counts before it is confirmed"
    village.act(claim, "confirmed", "committee")

    with read_scope() as session:
        stored = found(session, claim)
        entry = session.get_one(Entry, stored.entry_id)
        decisions = session.scalars(select(Decision).where(Decision.entry_id == entry.id)).all()
        path = [(event.outcome, event.actor) for event in queries.path_of(session, stored)]
    assert (entry.source, entry.source_ref, entry.recorded_by, entry.status) == (
        "claim",
        claim,
        "zhangsan",
        "confirmed",
    )
    assert (entry.starts_at, entry.ends_at) == (at(DAY, "09:00"), at(DAY, "11:00"))
    assert [(one.actor, one.second_person) for one in decisions] == [("committee", True)]
    assert path == [("submitted", "zhangsan"), ("verified", "secretary"), ("confirmed", "committee")]
    assert score(village.member).total == expected.then
    assert result(village.member)["credited"][entry.public_id] == "2.00"


def test_an_honour_becomes_an_award_with_its_level(village: Village) -> None:
    claim = village.handed_in(
        item="honour",
        kind_id=None,
        quantity=None,
        attrs={"level": "city", "matter": "抗洪"},
        title="市级表彰",
    )
    with read_scope() as session:
        assert expected_of(session, [found(session, claim)])[claim].points == "10.00"
    village.act(claim, "verified", "worker")
    village.act(claim, "confirmed", "committee")

    with read_scope() as session:
        award = session.scalars(select(PointsAward)).one()
        steps = session.execute(
            select(PointsAwardDecision.outcome, PointsAwardDecision.actor).order_by(PointsAwardDecision.id)
        ).all()
        assert found(session, claim).award_id == award.public_id
    assert (award.source, award.source_ref, award.recorded_by) == ("claim", claim, "zhangsan")
    assert [tuple(step) for step in steps] == [("verified", "worker"), ("confirmed", "committee")]
    assert result(village.member)["credited"] == {award.public_id: "10.00"}


def test_member_verifier_and_decider_are_three_people_under_any_account(village: Village) -> None:
    second_account(village, village.member, "own")
    person = village.party.person("李四", "happy")
    for login in ("li-one", "li-two"):
        second_account(village, person, login)
    claim = village.handed_in()

    for outcome in ("verified", "returned", "rejected"):
        assert refused(partial(village.act, claim, outcome, "own", "why")) == "own_matter"
    village.act(claim, "verified", "li-one")
    assert refused(lambda: village.act(claim, "confirmed", "own")) == "own_matter"
    assert refused(lambda: village.act(claim, "confirmed", "li-two")) == "another_person_needed"
    village.act(claim, "confirmed", "committee")
    assert refused(lambda: village.act(claim, "voided", "own", "why")) == "own_matter"
    assert refused(lambda: village.act(claim, "voided", "committee", "why")) == "another_person_needed"
    assert village.act(claim, "voided", "li-two", "nobody was there") == 1
    assert state(claim) == "voided"
    assert result(village.member)["credited"] == {}


def test_each_step_follows_only_on_the_one_before(village: Village) -> None:
    claim = village.handed_in()
    assert refused(lambda: village.act(claim, "confirmed", "committee")) == "wrong_state"
    assert refused(lambda: village.act(claim, "voided", "committee", "why")) == "wrong_state"
    assert refused(lambda: village.act(claim, "returned", "worker")) == "reason_needed"
    assert village.act(claim, "verified", "worker") == 1
    assert village.act(claim, "verified", "worker") == 0, "pressing twice is harmless"
    village.act(claim, "returned", "committee", "which building?")

    with unit_of_work() as session:
        services.rewrite(
            session, found(session, claim), village.content(words="3号楼"), village.actors["member"]
        )
    village.submit(claim)
    with read_scope() as session:
        again = found(session, claim)
        digests = [event.digest for event in queries.path_of(session, again)]
        assert (again.state, again.verified_at, again.verified_by) == ("submitted", None, "")
    assert digests[0] == digests[1] == digests[2] != digests[3], (
        "the path tells what was claimed at each step"
    )
    village.act(claim, "rejected", "worker", "was recorded by the lead")
    assert refused(lambda: village.submit(claim)) == "wrong_state"
    assert village.handed_in() != claim, "what was rejected can be claimed anew"


def test_the_same_act_is_claimed_once(village: Village) -> None:
    first, second = village.draft(), village.draft(village.content(title=" 清理楼道 ".strip(), words="再来"))
    village.submit(first)
    assert village.submit(first) == first
    assert refused(lambda: village.submit(second)) == "claimed_already"
    with unit_of_work() as session:
        services.withdraw(session, found(session, first), village.actors["member"])
    assert village.submit(second) == second
    assert village.handed_in(title="另一件事")
    assert village.handed_in(starts_at=at(DAY, "15:00")), "the same work again in the afternoon"


def test_what_the_log_has_already_is_not_counted_again(village: Village) -> None:
    claim = village.handed_in()
    village.act(claim, "verified", "worker")
    with unit_of_work() as session:
        area = village.party.area(session, "grid1")
        content = village.content()
        draft = settling.entry_draft(offers_in(session, area.id).by_item["service"], content, village.member)
        record(session, area, [draft], SYSTEM, "test")
        told = queries.same_day(session, [found(session, claim)])[claim]
    assert [(one.what, one.title) for one in told] == [("entry", "清理楼道")]
    assert refused(lambda: village.act(claim, "confirmed", "committee")) == "recorded_already"
    assert state(claim) == "verified"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"item": "violation"}, "not_offered"),
        ({"item": "noshow"}, "not_offered"),
        ({"title": ""}, "title_needed"),
        ({"on_date": date(2026, 7, 11)}, "in_the_future"),
        ({"quantity": None}, "amount_needed"),
        ({"quantity": 0}, "amount_needed"),
        ({"quantity": 2500}, "too_many_hours"),
        ({"kind_id": None}, "unknown_kind"),
        ({"words": "长" * 1001}, "too_long_text"),
        ({"on_date": date(2026, 6, 9)}, "late_reason_needed"),
        ({"item": "honour", "attrs": {"level": "world"}}, "unknown_choice"),
        ({"item": "honour", "attrs": {"level": "city"}}, "matter_needed"),
        ({"item": "honour", "attrs": {"level": "city", "emergency": "true"}}, "unknown_choice"),
        ({"attrs": {"session": "of-others"}}, "unknown_choice"),
        ({"points": 100}, "points_not_asked"),
    ],
)
def test_a_claim_says_what_its_item_asks_for(village: Village, changes: dict[str, object], code: str) -> None:
    assert refused(lambda: village.draft(village.content(**changes))) == code


def test_a_claim_may_be_late_by_thirty_days_without_a_reason(village: Village) -> None:
    assert village.handed_in(on_date=LATER - timedelta(days=30))
    assert village.handed_in(on_date=LATER - timedelta(days=31), late_reason="住院")


def test_points_at_discretion_take_words_and_a_photo(village: Village) -> None:
    village.party.publish(MANUAL, date(2026, 1, 1))
    values = {"item": "special", "kind_id": None, "quantity": None, "title": "抢险"}
    assert refused(lambda: village.draft(village.content(**values, points=600))) == "points_out_of_range"
    claim = village.draft(village.content(**values, points=300))
    assert refused(lambda: village.submit(claim)) == "proof_needed"
    with unit_of_work() as session:
        services.keep_photos(
            session, found(session, claim), [read_picture(photo())], village.actors["member"]
        )
    village.submit(claim)
    village.act(claim, "verified", "worker")
    village.act(claim, "confirmed", "committee")
    assert list(result(village.member)["credited"].values()) == ["3.00"]


def test_a_claim_in_time_counts_however_long_staff_took(village: Village, clock: FixedClock) -> None:
    clock.now = at(date(2027, 1, 10), "09:00")
    in_time = village.handed_in(on_date=date(2026, 12, 20))
    clock.now = at(date(2027, 2, 1), "09:00")
    too_late = village.handed_in(on_date=date(2026, 12, 29), title="又一次", late_reason="忘了")
    for claim in (in_time, too_late):
        village.act(claim, "verified", "worker")
    village.act(in_time, "confirmed", "committee")
    assert refused(lambda: village.act(too_late, "confirmed", "committee", "why")) == "claim_too_late"
    assert (
        refused(lambda: village.act(too_late, "confirmed", "committee", accept_late=True)) == "claim_too_late"
    )
    assert list(result(village.member)["credited"].values()) == ["2.00"]
    village.act(too_late, "confirmed", "committee", "we lost the paper", accept_late=True)
    assert list(result(village.member)["credited"].values()) == ["2.00", "2.00"]


def test_what_waits_is_weighed_together(village: Village) -> None:
    """The month's cap is 8, four hours at a time at most: of 4 + 4 + 2 hours the last brings nothing."""
    first = village.handed_in(on_date=date(2026, 7, 1), quantity=400)
    second = village.handed_in(on_date=date(2026, 7, 2), quantity=400)
    third = village.draft(village.content(on_date=date(2026, 7, 3)))
    with read_scope() as session:
        shown = expected_of(session, [found(session, one) for one in (first, second, third)])
        before = village.draft(village.content(on_date=date(2026, 1, 2), late_reason="x", title="早"))
        early = expected_of(session, [found(session, before)])[before]
    assert [shown[one].points for one in (first, second, third)] == ["4.00", "4.00", "0.00"]
    assert (shown[second].stays, shown[third].stays) == (False, True)
    assert (early.points, early.reason) == ("", "before_checkin")


def test_a_voided_entry_shows_its_claim_as_voided(village: Village) -> None:
    claim = village.handed_in()
    village.act(claim, "verified", "worker")
    village.act(claim, "confirmed", "committee")
    with read_scope() as session:
        entry = found(session, claim).entry_id
    assert entry is not None
    village.party.decide(entry)
    assert state(claim) == "voided"
    with read_scope() as session:
        area = village.party.areas["happy"]
        voided = queries.Filters(state="voided")
        rows, total = queries.claims_below(session, area, voided, sort="waiting", limit=9, offset=0)
    assert ([row.public_id for row in rows], total) == ([claim], 1)


def test_staff_see_what_was_handed_in_and_never_a_draft(village: Village) -> None:
    draft, claim = village.draft(village.content(title="草稿")), village.handed_in()
    happy, sunny = village.party.areas["happy"], village.party.areas["sunny"]
    with read_scope() as session:
        rows, total = queries.claims_below(
            session, happy, queries.Filters(state="waits"), sort="waiting", limit=9, offset=0
        )
        assert ([row.public_id for row in rows], total) == ([claim], 1)
        assert queries.claim_below(session, happy, draft) is None
        assert queries.claim_below(session, sunny, claim) is None
        assert queries.claims_named(session, happy, [claim, draft]) is None
        assert counts.waiting_counts(session, happy) == (1, 0)
        assert services.own_claim(session, village.party.person("外人"), claim) is None


def test_a_draft_is_thrown_away_with_its_photos(village: Village) -> None:
    draft = village.draft()
    with unit_of_work() as session:
        services.keep_photos(
            session, found(session, draft), [read_picture(photo())], village.actors["member"]
        )
    with unit_of_work() as session:
        gone = services.discard(session, found(session, draft), village.actors["member"])
    assert len(gone) == 1
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(PointsClaim)) == 0
        assert session.scalar(select(func.count()).select_from(Attachment)) == 0
    claim = village.handed_in()
    with unit_of_work() as session, pytest.raises(Problem):
        services.discard(session, found(session, claim), village.actors["member"])


def test_erasing_takes_the_words_and_leaves_what_was_decided(village: Village) -> None:
    claim = village.handed_in(late_reason="忘了", attrs={})
    village.act(claim, "rejected", "worker", "张三 was not there")
    with unit_of_work() as session:
        told: Any = personal.export(session, village.member, [village.member])["claims"]
        assert told[0]["path"][1]["reason"] == "张三 was not there"
        personal.erase(session, village.member, [village.member])
    with read_scope() as session:
        stored = found(session, claim)
        assert (stored.title, stored.words, stored.late_reason, stored.state) == ("", "", "", "rejected")
        assert set(session.scalars(select(PointsClaimEvent.reason))) == {""}


def test_an_objection_to_a_rejection_reaches_somebody_else(village: Village) -> None:
    claim = village.handed_in()
    member = village.actors["member"]
    with unit_of_work() as session:
        assert (
            refused(lambda: objections.raise_objection(session, "points.claim", claim, "I was there", member))
            == "too_late"
        )
    village.act(claim, "verified", "committee")
    village.act(claim, "rejected", "worker", "nobody saw it")
    with unit_of_work() as session:
        raised = objections.raise_objection(session, "points.claim", claim, "I was there", member)
        for who in ("worker", "committee", "member"):
            act = partial(objections.answer, session, raised, "upheld", "claim it anew", village.actors[who])
            assert refused(act) == "another_person_needed", who
        objections.answer(session, raised, "upheld", "claim it anew", village.actors["second"])
    assert village.handed_in() != claim


def test_the_operator_passes_and_is_named(village: Village) -> None:
    claim = village.handed_in()
    operator = Actor("operator:root", unrestricted=True)
    with unit_of_work() as session:
        services.act(session, [found(session, claim)], "verified", "", operator)
        services.act(session, [found(session, claim)], "confirmed", "", operator)
    with read_scope() as session:
        assert queries.path_of(session, found(session, claim))[-1].actor == "operator:root"


MANUAL = """
id = "manual"
title = "T"
period = { type = "year" }
[[version]]
no = 1
effective_from = "2024-01-01"
category = [ { id = "c", title = "C" } ]
item = [ { id = "special", category = "c", mode = "manual", min = 1, max = 5 } ]
grade = [ { id = "A" } ]
"""
