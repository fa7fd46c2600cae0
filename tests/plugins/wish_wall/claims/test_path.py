"""From the claim to the entry in the log and back: who may do what when, deadlines, and what a void reverses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import Activity, ActivityKind, Decision, Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall.claims import clock as clockwork
from pointsys.plugins.wish_wall.claims import queries, services, taking
from pointsys.plugins.wish_wall.dispatch.models import WishesLiaison, WishesOrganisation
from pointsys.plugins.wish_wall.models import WishesClaim, WishesClaimMember, WishesEvent, WishesWish
from tests.conftest import FixedClock

from .test_claiming import refused
from .yard import Yard, state


def entries(wish_code: str = "") -> list[tuple[str, int | None, str, str]]:
    """Person's name, hundredths, status and title of what is in the log."""
    with read_scope() as session:
        rows = session.execute(
            select(Person.name, Entry.quantity, Entry.status, Entry.title)
            .join(Person, Person.id == Entry.person_id)
            .order_by(Entry.id)
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows if wish_code in row[3]]


def act(name: str, claim: int, yard: Yard, who: str, *more: object) -> None:
    """One of the services on a claim."""
    with unit_of_work(drain=False) as session:
        getattr(services, name)(session, session.get_one(WishesClaim, claim), *more, yard.actors[who])


def test_a_team_brings_a_wish_the_wisher_confirms_and_shares_follow_exactly(yard: Yard) -> None:
    wish = yard.wish(title="陪李奶奶看病")
    claim = yard.claim(wish, "two", "one", "three")
    act("contact", claim, yard, "three")
    yard.deliver(claim, "one")

    yard.confirm(claim, minutes="90")

    with read_scope() as session:
        assert state(session, wish) == ("realized", 1)
        row = session.get_one(WishesClaim, claim)
        assert (row.state, row.rating, row.thanks, row.minutes) == ("confirmed", 5, "谢谢", 90)
        stored = session.scalars(select(Entry).order_by(Entry.id)).all()
        assert {one.ends_at for one in stored} == {row.delivered_at}
        assert row.delivered_at is not None
        assert {one.starts_at for one in stored} == {row.delivered_at - timedelta(minutes=90)}
        assert {(one.source, one.source_ref, one.unit) for one in stored} == {
            ("wish", row.public_id, "share")
        }
        kind = session.get_one(ActivityKind, session.get_one(Activity, stored[0].activity_id).kind_id)
        assert (kind.code, kind.service) == ("wish", True)
        seconds = session.scalars(select(Decision.second_person)).all()
        assert seconds == [True, True, True]
        actions = session.scalars(select(WishesEvent.action).order_by(WishesEvent.id)).all()
        assert actions == ["claim", "contact", "deliver", "confirm"]
    # The title is neutral: what somebody wished for stands in no log.
    assert entries() == [
        ("乙二", 34, "confirmed", "微心愿 2026-0001"),
        ("甲一", 33, "confirmed", "微心愿 2026-0001"),
        ("丙三", 33, "confirmed", "微心愿 2026-0001"),
    ]


def test_without_stated_minutes_there_is_a_share_and_no_time(yard: Yard) -> None:
    with unit_of_work(drain=False) as session:
        set_setting(session, session.get_one(Area, yard.areas["street"]), "wishes.value", 250, SYSTEM)
    claim = yard.claim(yard.wish(slots=2), "one", qty=2)
    yard.deliver(claim)
    yard.confirm(claim, "office", staff=True)

    with read_scope() as session:
        stored = session.scalars(select(Entry)).one()
        assert (stored.quantity, stored.starts_at, stored.ends_at) == (500, None, None)


def test_a_wish_is_realized_when_every_place_is_confirmed(yard: Yard) -> None:
    wish = yard.wish(slots=2)
    first, second = yard.claim(wish, "one"), yard.claim(wish, "two")
    yard.deliver(first)
    yard.confirm(first)
    with read_scope() as session:
        assert state(session, wish) == ("claimed", 2)
    yard.deliver(second, "two")
    yard.confirm(second)
    with read_scope() as session:
        assert state(session, wish) == ("realized", 2)
        assert session.get_one(WishesWish, wish).ended_at is not None


def test_every_step_is_refused_out_of_its_state_and_to_strangers(yard: Yard) -> None:
    claim = yard.claim(yard.wish(), "one", "two")

    assert refused(lambda: act("contact", claim, yard, "three")) == "403 forbidden"
    assert refused(lambda: act("release", claim, yard, "wisher")) == "403 forbidden"
    assert refused(lambda: yard.deliver(claim, "three")) == "403 forbidden"
    assert refused(lambda: yard.confirm(claim)) == "409 bad_state"
    assert refused(lambda: act("void", claim, yard, "office", "nein")) == "409 bad_state"
    assert refused(lambda: yard.deliver(claim, words="  ")) == "422 proof_required"
    assert refused(lambda: act("revoke", claim, yard, "office", " ")) == "422 reason_required"
    yard.deliver(claim, "two")
    assert refused(lambda: yard.deliver(claim)) == "409 bad_state"
    assert refused(lambda: act("release", claim, yard, "one")) == "409 bad_state"
    assert refused(lambda: act("revoke", claim, yard, "office", "zu spät")) == "409 bad_state"
    assert refused(lambda: yard.confirm(claim, "three")) == "403 forbidden"
    assert refused(lambda: act("void", claim, yard, "office", "")) == "422 reason_required"
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesClaim, claim)
        wisher = yard.actors["wisher"]
        for rating in (0, 6, None):
            assert (
                refused(partial(services.confirm, session, row, rating, "", None, wisher, staff=False))
                == "422 bad_rating"
            )
        assert (
            refused(lambda: services.confirm(session, row, 5, "", 5_000, wisher, staff=False))
            == "422 bad_minutes"
        )
    yard.confirm(claim)
    assert refused(lambda: yard.confirm(claim)) == "409 bad_state"


def test_nobody_confirms_what_they_had_a_hand_in(yard: Yard) -> None:
    claim = yard.claim(yard.wish(), "one", "two")
    yard.deliver(claim)

    # Members of the team, as staff too, under a second account and under a row that was merged into theirs.
    assert refused(lambda: yard.confirm(claim, "one")) == "403 self_confirm"
    assert refused(lambda: yard.confirm(claim, "two", staff=True)) == "403 self_confirm"
    with unit_of_work(drain=False) as session:
        kept, merged = (session.get_one(Person, yard.people[name]) for name in ("one", "three"))
        merge_people(session, kept, merged, SYSTEM)
    assert refused(lambda: yard.confirm(claim, "three", staff=True)) == "403 self_confirm"
    assert entries() == []
    yard.confirm(claim, "office", staff=True)
    assert [row[2] for row in entries()] == ["confirmed", "confirmed"]


def test_a_claimer_who_turns_out_to_be_of_the_home_gains_nothing(yard: Yard) -> None:
    claim = yard.claim(yard.wish(), "one", "two")
    yard.deliver(claim)
    yard.home("wisher", "two")

    assert refused(lambda: yard.confirm(claim)) == "403 same_household"
    assert refused(lambda: yard.confirm(claim, "office", staff=True)) == "403 same_household"
    act("void", claim, yard, "office", "同住一户")
    assert entries() == []


def test_a_void_reverses_everything_and_the_wish_can_be_fulfilled_anew(yard: Yard) -> None:
    wish = yard.wish()
    claim = yard.claim(wish, "one", "two")
    yard.deliver(claim)
    yard.confirm(claim, minutes=60)

    act("void", claim, yard, "office", "没有送到")

    assert [row[2] for row in entries()] == ["voided", "voided"]
    with read_scope() as session:
        assert state(session, wish) == ("published", 0)
        assert (
            session.scalar(select(func.count()).select_from(WishesClaimMember).where(WishesClaimMember.live))
            == 0
        )
        row = session.get_one(WishesClaim, claim)
        assert (row.state, row.end_reason) == ("voided", "没有送到")
    assert refused(lambda: act("void", claim, yard, "office", "noch einmal")) == "409 bad_state"
    again = yard.claim(wish, "one")
    yard.deliver(again)
    yard.confirm(again, "office", staff=True)
    assert [row[2] for row in entries()] == ["voided", "voided", "confirmed"]


def test_an_entry_that_was_voided_in_the_log_is_shown_at_the_claim_and_does_not_stop_the_void(
    yard: Yard,
) -> None:
    claim = yard.claim(yard.wish(), "one", "two")
    yard.deliver(claim)
    yard.confirm(claim)
    with unit_of_work() as session:
        first = session.scalars(select(Entry.id).order_by(Entry.id)).first()
        assert first is not None
        decide(session, [first], "voided", "doppelt", yard.actors["office"])

    with read_scope() as session:
        row = queries.own_rows(session, yard.actors["one"])[0]
        assert row.entries_voided
        assert [one.voided for one in row.people] == [True, False]
    act("void", claim, yard, "office", "beides")
    assert [row[2] for row in entries()] == ["voided", "voided"]


def test_a_revoked_claim_gives_its_places_back(yard: Yard) -> None:
    wish = yard.wish(slots=3)
    claim = yard.claim(wish, "one", qty=3)
    act("revoke", claim, yard, "office", "电话打不通")
    with read_scope() as session:
        assert state(session, wish) == ("published", 0)
        assert (
            session.scalars(select(WishesEvent.reason).order_by(WishesEvent.id.desc())).first()
            == "电话打不通"
        )


def test_somebody_who_was_erased_meanwhile_gets_no_entry_and_the_others_their_share(yard: Yard) -> None:
    claim = yard.claim(yard.wish(), "one", "two")
    yard.deliver(claim)
    with unit_of_work(drain=False) as session:
        session.get_one(Person, yard.people["one"]).closed = "erased"

    yard.confirm(claim)

    assert entries() == [("乙二", 50, "confirmed", "微心愿 2026-0001")]


def test_the_clock_lapses_after_seven_days_and_not_a_minute_before(yard: Yard, clock: FixedClock) -> None:
    wish = yard.wish(slots=3, expires_at=clock.now + timedelta(days=60))
    silent, spoken, brought = (yard.claim(wish, name) for name in ("one", "two", "three"))
    act("contact", spoken, yard, "two")
    yard.deliver(brought, "three")
    clock.advance(days=7, minutes=-1)
    clockwork.run(clock.now)
    with read_scope() as session:
        assert session.get_one(WishesClaim, silent).state == "active"
    clock.advance(minutes=1)
    clockwork.run(clock.now)

    with read_scope() as session:
        states = [session.get_one(WishesClaim, one).state for one in (silent, spoken, brought)]
        assert states == ["lapsed", "active", "delivered"]
        assert state(session, wish) == ("published", 2)
        # Reminded two days before, and once.
        actions = session.scalars(select(WishesEvent.action).where(WishesEvent.claim_id == silent)).all()
        assert actions == ["claim", "remind", "lapse"]
    assert refused(lambda: act("contact", silent, yard, "one")) == "409 bad_state"
    yard.claim(wish, "one")


def test_a_wish_that_nobody_claims_expires_and_comes_back_before_others(
    yard: Yard, clock: FixedClock
) -> None:
    free, held = yard.wish(), yard.wish(slots=2)
    yard.claim(held, "one")
    with read_scope() as session:
        due = session.get_one(WishesWish, free).expires_at
    assert due is not None
    clock.now = due
    # Where micro-wishes are off nobody could claim: nothing happens by itself there.
    for on in (False, True):
        with unit_of_work(drain=False) as session:
            switch_plugin(session, session.get_one(Area, yard.areas["happy"]), "wish_wall", on, SYSTEM)
        assert clockwork.expire(clock.now) == on

    with read_scope() as session:
        assert state(session, free) == ("expired", 0)
        assert state(session, held) == ("published", 1)
    assert refused(lambda: yard.claim(free, "two")) == "409 not_open"
    with unit_of_work(drain=False) as session:
        wish = session.get_one(WishesWish, free)
        taking.relist(session, wish, yard.actors["office"], 30)
        assert (wish.state, wish.priority, wish.expires_at) == (
            "published",
            1,
            clock.now + timedelta(days=30),
        )
    with unit_of_work(drain=False) as session:
        wish = session.get_one(WishesWish, free)
        assert refused(lambda: taking.relist(session, wish, yard.actors["office"], 30)) == "409 bad_state"
    clockwork.run(clock.now)
    yard.claim(free, "two")


def test_two_nodes_at_once_do_nothing_twice(
    yard: Yard, clock: FixedClock, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = clock.now + timedelta(days=90)
    claims = [yard.claim(yard.wish(expires_at=far), name) for name in ("one", "two")]
    spoken = [yard.claim(yard.wish(expires_at=far), name) for name in ("three", "four")]
    for claim, name in zip(spoken, ("three", "four"), strict=True):
        act("contact", claim, yard, name)
    wishes = [yard.wish() for _ in range(3)]
    clock.advance(days=40)
    # Processes know nothing of the lock by which one process lets its writers on SQLite take turns.
    monkeypatch.setattr("pointsys.core.unit_of_work._turn", lambda session: nullcontext())
    gate = Barrier(2)

    def node(_number: int) -> tuple[int, int, int]:
        with app.app_context():
            gate.wait(30)
            return clockwork.lapse(clock.now), clockwork.expire(clock.now), clockwork.remind(clock.now)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(node, range(2)))

    sums = [sum(one[place] for one in done) for place in range(3)]
    assert sums == [len(claims), len(wishes), len(spoken)]
    with read_scope() as session:
        rows = session.execute(select(WishesEvent.action, func.count()).group_by(WishesEvent.action))
        count: dict[str, int] = {row[0]: row[1] for row in rows}
        assert count == {"claim": 4, "contact": 2, "lapse": 2, "expire": 3, "remind": 2}


def test_a_wish_that_came_true_in_part_ends_when_its_time_is_over(yard: Yard, clock: FixedClock) -> None:
    wish = yard.wish(slots=3)
    first, second = yard.claim(wish, "one"), yard.claim(wish, "two")
    yard.deliver(first)
    yard.deliver(second, "two")
    yard.confirm(first)
    clock.advance(days=31)
    assert clockwork.expire(clock.now) == 0, "one is brought and not confirmed yet"
    yard.confirm(second)

    assert clockwork.expire(clock.now) == 1
    with read_scope() as session:
        assert state(session, wish) == ("realized", 2)


def test_a_unit_gets_an_expired_wish_and_the_office_speaks_for_it(yard: Yard) -> None:
    wish = yard.wish(slots=3, state="expired")
    with unit_of_work(drain=False) as session:
        unit = WishesOrganisation(
            area_id=yard.areas["happy"],
            name="供电所",
            kind="unit",
            created_at=current_site().now(),
            created_by="t",
        )
        session.add(unit)
        session.flush()
        claim = taking.assign(session, session.get_one(WishesWish, wish), unit, yard.actors["office"]).id
        one, unit_id = yard.people["one"], unit.id
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesWish, wish)
        assert (row.state, row.taken) == ("claimed", 3)
        assert (
            refused(
                lambda: taking.assign(
                    session, row, session.get_one(WishesOrganisation, unit_id), yard.actors["office"]
                )
            )
            == "409 bad_state"
        )
    with unit_of_work(drain=False) as session:
        row_of = session.get_one(WishesClaim, claim)
        services.contact(session, row_of, yard.actors["office"], staff=True)
        services.deliver(session, row_of, "装好了", (), yard.actors["office"], team=[one], staff=True)

    # Whoever spoke for the unit is not who confirms it.
    assert refused(lambda: yard.confirm(claim, "office", staff=True)) == "403 self_confirm"
    yard.confirm(claim, "other_office", staff=True)
    assert entries() == [("甲一", 300, "confirmed", "微心愿 2026-0001")]
    with read_scope() as session:
        assert state(session, wish) == ("realized", 3)

    # Giving a wish to a unit is no hand in bringing it: whoever did that may confirm what somebody else tells.
    second = yard.wish(state="expired")
    with unit_of_work(drain=False) as session:
        unit = session.get_one(WishesOrganisation, unit_id)
        row_of = taking.assign(session, session.get_one(WishesWish, second), unit, yard.actors["office"])
        claim = row_of.id
        services.deliver(session, row_of, "装好了", (), yard.actors["other_office"], team=[one], staff=True)
        # A human being who acts for the unit with another account does not.
        now, liaison = current_site().now(), yard.actors["three"].account_id
        session.add(
            WishesLiaison(
                organisation_id=unit_id, account_id=liaison, from_on=now.date(), linked_at=now, linked_by="t"
            )
        )
        kept, merged = (session.get_one(Person, yard.people[name]) for name in ("two", "three"))
        merge_people(session, kept, merged, SYSTEM)
    assert refused(lambda: yard.confirm(claim, "two", staff=True)) == "403 self_confirm"
    yard.confirm(claim, "office", staff=True)
    with read_scope() as session:
        entry = session.scalars(select(Entry).order_by(Entry.id.desc())).first()
        assert entry is not None
        assert (entry.recorded_by, entry.status) == ("other_office", "confirmed")
        assert session.scalars(select(Decision.second_person).where(Decision.entry_id == entry.id)).one()
