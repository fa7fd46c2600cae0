"""Member, recorder, verifier and decider are four people, under any account (S-31, A30): each pair is tried as one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import combinations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.ledger import services as ledger
from pointsys.plugins.party_member_points.ledger.models import PointsAward
from pointsys.plugins.party_member_points.ledger.rules import AwardDraft
from tests.conftest import FixedClock
from tests.factories import actor_of, make_person
from tests.plugins.party_member_points.annual.year import make_year
from tests.plugins.party_member_points.party import Party

AWARD = ("member", "recorder", "verifier", "decider")
REFUSED = {"own_matter", "another_person_needed"}


def people_of(
    party: Party, session: Session, together: tuple[str, str], parts: tuple[str, ...]
) -> dict[str, Actor]:
    """An account for each part; the two rows of ``together`` turn out to be one human being."""
    happy = party.area(session, "happy")
    persons = {
        name: session.get_one(Person, party_member(session))
        if name == "member"
        else make_person(session, happy, name)
        for name in parts
    }
    found = {}
    for name, person in persons.items():
        account = accounts.create_account(session, f"as-{name}", SYSTEM, person_id=person.id)
        accounts.grant_role(session, account, "party_committee", happy, SYSTEM)
        found[name] = actor_of(account, "party_committee", happy)
    if together[0] in persons:
        merge_people(session, persons[together[0]], persons[together[1]], SYSTEM)
    return found


def party_member(session: Session) -> int:
    """张三, whom the points are about."""
    return int(session.scalars(select(Person.id).where(Person.name == "张三")).one())


def codes(steps: list[Callable[[], object]]) -> list[str]:
    """What refused each step, up to the first refusal; "" for one that went through."""
    found: list[str] = []
    for step in steps:
        try:
            step()
        except Problem as problem:
            return [*found, problem.code]
        found.append("")
    return found


@pytest.mark.parametrize("together", list(combinations(AWARD, 2)), ids="-".join)
def test_no_two_parts_of_an_award_are_one_person(party: Party, together: tuple[str, str]) -> None:
    party.member("张三")
    with unit_of_work() as session:
        actors = people_of(party, session, together, AWARD)
    made: list[str] = []

    def propose() -> None:
        with unit_of_work() as session:
            person = session.get_one(Person, party_member(session))
            draft = AwardDraft("wish", date(2026, 6, 1), "认领微心愿", key="k")
            area = party.area(session, "happy")
            made.append(ledger.propose(session, area, person, draft, actors["recorder"]).public_id)

    def step(outcome: str, part: str) -> Callable[[], None]:
        def act() -> None:
            with unit_of_work() as session:
                award = session.scalars(select(PointsAward).where(PointsAward.public_id == made[0])).one()
                ledger.decide(session, award, outcome, "", actors[part])

        return act

    found = codes([propose, step("verified", "verifier"), step("confirmed", "decider")])

    assert found[-1] in REFUSED, found
    # The first step at which the second of the two acts is the one that is refused.
    assert len(found) == max(AWARD.index(name) for name in together)


def test_four_different_people_bring_an_award_through(party: Party) -> None:
    party.member("张三")
    with unit_of_work() as session:
        actors = people_of(party, session, ("", ""), AWARD)
        person = session.get_one(Person, party_member(session))
        draft = AwardDraft("wish", date(2026, 6, 1), "认领微心愿", key="k")
        award = ledger.propose(session, party.area(session, "happy"), person, draft, actors["recorder"])
        ledger.decide(session, award, "verified", "", actors["verifier"])
        ledger.decide(session, award, "confirmed", "", actors["decider"])
        assert award.status == "confirmed"


GRADING = ("proposer", "decider", "publisher", "confirmer")


@pytest.mark.parametrize(
    "together",
    [
        ("proposer", "decider"),
        ("proposer", "confirmer"),
        ("decider", "confirmer"),
        ("publisher", "confirmer"),
    ],
    ids="-".join,
)
def test_no_two_parts_of_a_years_grades_are_one_person(
    party: Party, clock: FixedClock, together: tuple[str, str]
) -> None:
    year = make_year(party, clock)
    with unit_of_work() as session:
        actors = people_of(party, session, together, GRADING)

    with pytest.raises(Problem) as refused:
        year.to_confirmed(*(actors[name] for name in GRADING))

    assert refused.value.code == "another_person_needed"
