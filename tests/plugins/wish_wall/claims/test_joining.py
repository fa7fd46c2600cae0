"""Whoever is named in a team is asked: what they may know, how they agree or leave, and what counts in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.accounts.services import grant_role
from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.attachments.models import Attachment
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall import calendar
from pointsys.plugins.wish_wall.claims import clock as clockwork
from pointsys.plugins.wish_wall.claims import joining, personal, queries, services, taking
from pointsys.plugins.wish_wall.dispatch import pages
from pointsys.plugins.wish_wall.dispatch.models import WishesDispatch, WishesLiaison, WishesOrganisation
from pointsys.plugins.wish_wall.models import WishesClaim, WishesEvent, WishesWish
from tests.conftest import FixedClock

from .test_claiming import refused
from .test_path import entries
from .yard import Yard, state


def answer(name: str, claim: int, yard: Yard, who: str) -> None:
    """Agree or leave."""
    with unit_of_work() as session:
        getattr(joining, name)(session, session.get_one(WishesClaim, claim), yard.actors[who])


def knows(claim: int, yard: Yard, who: str) -> bool:
    """Whether somebody may know whom the wish of a claim is for."""
    with read_scope() as session:
        return bool(services.knows(session, session.get_one(WishesClaim, claim), yard.actors[who]))


def waiting(yard: Yard, who: str) -> int:
    """In how many teams somebody is asked."""
    with read_scope() as session:
        return int(queries.own_counts(session, yard.people[who]).named)


def test_who_is_named_agrees_or_leaves_and_everything_follows_those_who_stay(yard: Yard) -> None:
    claim = yard.claim(yard.wish(), "one", "two", "three")
    assert [knows(claim, yard, name) for name in ("one", "two", "wisher")] == [True, False, False]
    assert (waiting(yard, "one"), waiting(yard, "two"), waiting(yard, "three")) == (0, 1, 1)
    assert refused(lambda: answer("agree", claim, yard, "four")) == "403 forbidden"
    assert refused(lambda: answer("leave", claim, yard, "four")) == "403 forbidden"
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesClaim, claim)
        assert refused(lambda: services.release(session, row, yard.actors["two"])) == "403 forbidden"

    # Nobody else has agreed yet: the claimer cannot leave the two with a wish that they never took on.
    assert refused(lambda: answer("leave", claim, yard, "one")) == "409 last_of_team"
    for _ in range(2):
        answer("agree", claim, yard, "two")
    assert knows(claim, yard, "two")
    answer("leave", claim, yard, "three")
    assert refused(lambda: answer("agree", claim, yard, "three")) == "403 forbidden"
    with read_scope() as session:
        assert queries.own_rows(session, yard.actors["three"]) == []
        (row_of,) = queries.own_rows(session, yard.actors["two"])
        assert [(one.name, one.agreed) for one in row_of.people] == [("甲一", True), ("乙二", True)]

    yard.deliver(claim)
    with unit_of_work(drain=False) as session:
        now = current_site().now()
        first = session.get_one(Person, yard.people["one"]).public_id
        session.add(
            Attachment(
                area_id=yard.areas["grid1"], subject_type=services.SUBJECT + row_of.public_id, subject_id=first,
                sha256="0" * 64, bytes=1, width=1, height=1, created_at=now, created_by="t",
            )
        )  # fmt: skip
    answer("leave", claim, yard, "one")
    with read_scope() as session:
        second = session.get_one(Person, yard.people["two"]).public_id
        assert session.scalars(select(Attachment.subject_id)).one() == second
        assert session.get_one(WishesClaim, claim).person_id == yard.people["two"]
        actions = session.scalars(select(WishesEvent.action).order_by(WishesEvent.id)).all()
        assert actions == ["claim", "agree", "leave", "deliver", "leave"]
    assert refused(lambda: answer("leave", claim, yard, "two")) == "409 last_of_team"
    # Whoever once claimed has had a hand in it, also from outside the team.
    assert refused(lambda: yard.confirm(claim, "one", staff=True)) == "403 self_confirm"
    yard.confirm(claim, minutes=45)
    assert entries() == [("乙二", 100, "confirmed", "微心愿 2026-0001")]
    with read_scope() as session:
        entry = session.scalars(select(Entry)).one()
        assert entry.ends_at is not None
        assert entry.starts_at == entry.ends_at - timedelta(minutes=45)


def test_who_agreed_by_doing_something_has_a_hand_in_it_also_after_leaving(yard: Yard) -> None:
    claim = yard.claim(yard.wish(), "one", "two")
    with unit_of_work(drain=False) as session:
        for name in ("one", "two"):
            services.contact(session, session.get_one(WishesClaim, claim), yard.actors[name])
    answer("leave", claim, yard, "two")
    yard.deliver(claim)

    assert refused(lambda: yard.confirm(claim, "two", staff=True)) == "403 self_confirm"
    yard.confirm(claim)

    with read_scope() as session:
        rows = [yard.people["two"]]
        told: Any = personal.export(session, rows[0], rows)
        (mine,) = told["claims"]
        assert (mine["what_was_brought"], mine["thanks"]) == ("", "")


def test_silence_counts_and_can_be_taken_back_for_a_week(yard: Yard, clock: FixedClock) -> None:
    claims = [yard.claim(yard.wish(), "one", "two", "three") for _ in range(2)]
    for claim in claims:
        yard.deliver(claim)
        yard.confirm(claim)
    assert [row[1] for row in entries("0001")] == [34, 33, 33]
    answer("agree", claims[0], yard, "three")

    answer("leave", claims[0], yard, "two")

    # Their share is nobody's; what the others have on record stays as it was confirmed.
    assert [(row[0], row[1], row[2]) for row in entries("0001")] == [
        ("甲一", 34, "confirmed"), ("乙二", 33, "voided"), ("丙三", 33, "confirmed"),
    ]  # fmt: skip
    for name in ("one", "three"):
        assert refused(lambda name=name: answer("leave", claims[0], yard, name)) == "409 bad_state"  # type: ignore[misc]
    assert waiting(yard, "two") == 1
    clock.advance(days=7)
    assert waiting(yard, "two") == 0
    assert refused(lambda: answer("leave", claims[1], yard, "two")) == "409 bad_state"
    # A void after that takes the rest back, each entry once.
    with unit_of_work() as session:
        services.void(session, session.get_one(WishesClaim, claims[0]), "没有送到", yard.actors["office"])
    assert {row[2] for row in entries("0001")} == {"voided"}
    assert refused(lambda: answer("agree", claims[0], yard, "three")) == "409 bad_state"


def test_who_is_erased_is_taken_off_what_is_still_to_be_brought(yard: Yard) -> None:
    alone, joined = yard.claim(yard.wish(), "one", "three"), yard.claim(yard.wish(), "one", "two")
    answer("agree", joined, yard, "two")
    with unit_of_work() as session:
        personal.erase(session, yard.people["one"], [yard.people["one"]])

    with read_scope() as session:
        first, second = (session.get_one(WishesClaim, one) for one in (alone, joined))
        assert (first.state, second.state, second.person_id) == ("released", "active", yard.people["two"])
        assert state(session, first.wish_id) == ("published", 0)
    yard.deliver(joined, "two")
    yard.confirm(joined)
    assert entries() == [("乙二", 100, "confirmed", "微心愿 2026-0002")]


def test_what_is_confirmed_while_somebody_is_erased_can_still_be_reversed_wholly(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = yard.claim(yard.wish(), "one", "two")
    answer("agree", claim, yard, "two")

    def meanwhile(session: Session, row: WishesClaim) -> WishesWish:
        services.deliver(session, row, "送到了", (), yard.actors["one"])
        services.confirm(session, row, 5, "", None, yard.actors["wisher"], staff=False)
        return services.hold(session, row)

    monkeypatch.setattr(joining, "hold", meanwhile)
    with unit_of_work() as session:
        joining.let_go(session, [yard.people["two"]])
    with unit_of_work() as session:
        services.void(session, session.get_one(WishesClaim, claim), "没有送到", yard.actors["office"])
    assert [row[2] for row in entries()] == ["voided", "voided"]


def test_only_what_one_agreed_to_counts_towards_the_limit(yard: Yard, clock: FixedClock) -> None:
    named = [yard.claim(yard.wish(slots=2), name, "four") for name in ("one", "two", "three")]
    own = [yard.claim(yard.wish(), "four") for _ in range(2)]
    answer("agree", named[0], yard, "four")

    # Neither a word nor an act goes past it.
    assert refused(lambda: answer("agree", named[1], yard, "four")) == "409 claim_limit"
    assert refused(lambda: yard.deliver(named[1], "four")) == "409 claim_limit"
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesClaim, named[1])
        assert refused(lambda: services.contact(session, row, yard.actors["four"])) == "409 claim_limit"
    # Who has read of a wish and leaves is not to read of the next one at once; who never agreed has read nothing.
    answer("leave", named[2], yard, "four")
    answer("leave", named[0], yard, "four")
    assert refused(lambda: answer("agree", named[1], yard, "four")) == "409 claim_limit"
    yard.deliver(own[0], "four")
    answer("agree", named[1], yard, "four")
    clock.advance(days=1)
    yard.claim(yard.wish(), "four")


def test_people_whom_an_organisation_names_may_leave_and_are_not_put_back(yard: Yard) -> None:
    wish = yard.wish(state="expired")
    with unit_of_work(drain=False) as session:
        now = current_site().now()
        unit = WishesOrganisation(
            area_id=yard.areas["happy"], name="供电所", kind="unit", created_at=now, created_by="t"
        )
        session.add(unit)
        session.flush()
        row = taking.assign(session, session.get_one(WishesWish, wish), unit, yard.actors["office"])
        taking.add_members(session, row, [(0, yard.people["one"]), (1, yard.people["two"])])
        claim = row.id
    answer("leave", claim, yard, "one")

    def deliver(*names: str) -> None:
        with unit_of_work(drain=False) as session:
            people = [yard.people[name] for name in names]
            found = session.get_one(WishesClaim, claim)
            services.deliver(session, found, "好了", (), yard.actors["office"], team=people, staff=True)

    assert refused(lambda: deliver("one", "two")) == "422 bad_team"
    deliver("two")
    yard.confirm(claim, "other_office", staff=True)
    assert [row[0] for row in entries()] == ["乙二"]


def test_deadlines_stand_in_the_calendar_and_are_reminded_of_once_each(yard: Yard, clock: FixedClock) -> None:
    wish = yard.wish(title="陪李奶奶看病", expires_at=clock.now + timedelta(days=90))
    claim = yard.claim(wish, "one", "two")
    with unit_of_work(drain=False) as session:
        today, now = current_site().today(), current_site().now()
        unit = WishesOrganisation(
            area_id=yard.areas["happy"], name="供电所", kind="unit", created_at=now, created_by="t"
        )
        session.add(unit)
        session.flush()
        session.add(
            WishesLiaison(
                organisation_id=unit.id, account_id=yard.actors["four"].account_id or 0, from_on=today,
                linked_at=now, linked_by="t",
            )
        )  # fmt: skip
        unit_id = unit.id
    other = yard.wish()
    with unit_of_work(drain=False) as session:
        session.add(
            WishesDispatch(
                wish_id=other, organisation_id=unit_id, due_on=today + timedelta(days=5), sent_at=now,
                sent_by="t", reminders=0,
            )
        )  # fmt: skip

    def told(who: str) -> list[tuple[str, Any]]:
        with read_scope() as session:
            person = session.get_one(Person, yard.people[who])
            found = calendar.own_calendar(session, person, today)
            return [(item.title, item.day) for item in found]

    assert told("two") == []
    ((title, day),) = told("one")
    assert "2026-0001" in title
    assert "李奶奶" not in title
    assert day == today + timedelta(days=7)
    # A link alone lets nobody act, nor read what there is to do, once the role was taken away.
    assert told("four") == []
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, yard.actors["four"].account_id)
        grant_role(session, account, "unit_liaison", session.get_one(Area, yard.areas["happy"]), SYSTEM)
    ((title, day),) = told("four")
    assert ("供电所" in title, day) == (True, today + timedelta(days=5))
    with read_scope() as session:
        cards = [
            pages.member_cards(session, session.get_one(Person, yard.people[who])) for who in ("one", "four")
        ]
    assert [[card.value for card in some] for some in cards] == [[], ["1"]]

    with unit_of_work(drain=False) as session:
        services.contact(session, session.get_one(WishesClaim, claim), yard.actors["one"])
    assert [when for _title, when in told("one")] == [today + timedelta(days=30)]
    clock.advance(days=28)
    for _ in range(2):
        clockwork.run(clock.now)
    with read_scope() as session:
        actions = session.scalars(select(WishesEvent.action).where(WishesEvent.claim_id == claim)).all()
        assert actions == ["claim", "contact", "remind"]
        assert not queries.own_rows(session, yard.actors["one"])[0].late
    clock.advance(days=2)
    clockwork.run(clock.now)
    with read_scope() as session:
        row_of = queries.own_rows(session, yard.actors["one"])[0]
        assert (row_of.late, row_of.claim.state) == (True, "active")
        late = queries.Filters(state=queries.LATE)
        rows, total = queries.claims_below(session, yard.areas["happy"], late, sort="due", limit=9, offset=0)
        assert (total, [one.claim.id for one in rows]) == (1, [claim])
