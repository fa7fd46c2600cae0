"""Votes by the roll (S-55): who may, once, and nothing that leads from a ballot to who cast it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.audit import AuditRow
from pointsys.core.database import db, table_of
from pointsys.core.site import Site, current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.kit.tables import HIDDEN
from pointsys.plugins.property_rating.ballots import casting, counting, listing, mixing, roll, slips, survey
from pointsys.plugins.property_rating.ballots.models import PAPER, SELF, TOKEN, PropertyBallot, PropertyVoter
from pointsys.plugins.property_rating.owners import services as owners
from pointsys.plugins.property_rating.owners.models import PropertyOwnerProof
from pointsys.plugins.property_rating.rounds.models import (
    COMPUTED,
    DRAFT,
    PER_OWNER,
    PropertyEntrant,
    PropertyRound,
)
from pointsys.plugins.property_rating.schemes.scheme import FACES, Question
from tests.conftest import FixedClock
from tests.factories import make_person, make_tree
from tests.plugins.property_rating.ballots import urn

GOOD = survey.scored("80")


def the_round(session: Session) -> PropertyRound:
    """The only one."""
    return session.scalars(select(PropertyRound)).one()


def vote(
    session: Session, number: int, score: str = "80", method: str = SELF, people: tuple[int, ...] = ()
) -> None:
    """A ballot for a dwelling on the roll."""
    round_ = casting.held_open(session, the_round(session).id)
    casting.cast(
        session, round_, urn.row_of(session, number), survey.scored(score), method, SYSTEM, people=people
    )


def refused(session: Session, number: int, people: tuple[int, ...] = ()) -> str:
    """The code of a refused ballot."""
    with pytest.raises(Problem) as caught:
        vote(session, number, people=people)
    return caught.value.code


def test_the_roll_has_each_sold_dwelling_once_and_later_changes_leave_it_alone(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = urn.make_estate(session, tree["happy"], 6)
        urn.home(session, 101).unsold = True
        urn.home(session, 102).closed_on = site.today()
        owner = make_person(session, tree["happy"])
        urn.own(session, 103, owner)
        round_ = urn.make_draft(session, tree["street"], [estate])
        frozen = urn.open_round(session, round_)
        urn.home(session, 104).unsold = True
        urn.home(session, 101).unsold = False
        session.flush()
        assert list(frozen.values()) == [4]
        assert [row.households for row in counting.turnout(session, round_).values()] == [4]
        assert urn.row_of(session, 103).person_id == owner.id
        with pytest.raises(Problem) as caught:
            roll.by_dwelling(session, round_, urn.home(session, 101).public_id)
        assert caught.value.code == "not_eligible"
        vote(session, 104)
        assert len(urn.ballots(session)) == 1


def test_an_owner_of_several_dwellings_has_one_vote_where_the_round_says_so(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = urn.make_estate(session, tree["happy"], 5)
        owner = make_person(session, tree["happy"])
        for number in (101, 102):
            urn.own(session, number, owner)
        round_ = urn.make_draft(session, tree["happy"], [estate], per=PER_OWNER)
        assert list(urn.open_round(session, round_).values()) == [4]
        vote(session, 102, people=(owner.id,))
        assert refused(session, 101, people=(owner.id,)) == "owner_already_voted"
        # Proven after the roll was frozen: still the same owner's, who has voted.
        urn.own(session, 103, owner)
        assert refused(session, 103, people=(owner.id,)) == "owner_already_voted"
        assert [one.voted for one in counting.turnout(session, round_).values()] == [1]
        vote(session, 104)
        assert refused(session, 104) == "unit_already_voted"


def test_who_owns_a_dwelling_when_its_ballot_comes_takes_part_and_not_who_did_before(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = urn.make_estate(session, tree["happy"], 3)
        seller, buyer = (make_person(session, tree["happy"], name) for name in ("张一", "张二"))
        for number in (101, 102, 103):
            urn.own(session, number, seller)
        urn.open_round(session, urn.make_draft(session, tree["happy"], [estate]))
        for proof in session.scalars(select(PropertyOwnerProof)):
            owners.end(session, proof, SYSTEM)
        for number in (101, 102):
            urn.own(session, number, buyer)
        vote(session, 101, people=(buyer.id,))
        vote(session, 102, method=PAPER)
        # Helped with the slip of the dwelling: nobody knows who owns it now.
        vote(session, 103, method=PAPER)
        session.expire_all()
        assert [urn.row_of(session, number).person_id for number in (101, 102, 103)] == [
            buyer.id,
            buyer.id,
            None,
        ]


def test_each_dwelling_has_one_vote_of_its_named_owner_and_of_nobody_else(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = urn.make_estate(session, tree["happy"], 4)
        wife, man, stranger = (make_person(session, tree["happy"], name) for name in ("张一", "张二", "张三"))
        urn.own(session, 101, wife)
        urn.own(session, 101, man)
        urn.own(session, 102, wife)
        round_ = urn.make_draft(session, tree["happy"], [estate])
        urn.open_round(session, round_)

        def code(number: int, person: int) -> str:
            with pytest.raises(Problem) as caught:
                roll.own_voter(session, round_, urn.home(session, number).public_id, [person])
            return caught.value.code

        assert code(101, stranger.id) == "not_verified"
        assert code(103, wife.id) == "not_owner"
        assert code(101, man.id) == "not_eligible"
        with pytest.raises(Problem) as caught:
            roll.helped_voter(session, round_, urn.home(session, 103).public_id, "")
        assert caught.value.code == "not_verified"
        for number in (101, 102):
            row = roll.own_voter(session, round_, urn.home(session, number).public_id, [wife.id])
            assert row == urn.row_of(session, number)
            vote(session, number, people=(wife.id,))
        assert refused(session, 101, people=(wife.id,)) == "unit_already_voted"


def test_ballots_come_in_from_opening_to_the_last_day_and_no_longer(site: Site, clock: FixedClock) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        round_ = urn.make_draft(session, tree["happy"], [urn.make_estate(session, tree["happy"], 3)])
        urn.open_round(session, round_)
        round_.state = DRAFT
        session.flush()
        assert refused(session, 101) == "round_closed"
        round_.state, round_.collect_until = "collecting", site.today()
        session.flush()
        vote(session, 101)
        clock.advance(days=1)
        assert refused(session, 102) == "round_closed"
        round_.state, round_.collect_until = COMPUTED, site.today() + timedelta(days=5)
        session.flush()
        assert refused(session, 103) == "round_closed"


def test_a62_two_ballots_of_one_household_at_once_are_one_ballot(app: Flask) -> None:
    """By the slip on a phone and from paper at the desk, at the same instant, again and again."""
    homes = 8
    with app.app_context(), unit_of_work(drain=False) as session:
        tree = make_tree(session)
        round_ = urn.make_draft(session, tree["happy"], [urn.make_estate(session, tree["happy"], homes)])
        urn.open_round(session, round_)
        slips.make(session, round_, session.scalars(select(PropertyVoter)).all(), SYSTEM)
    gate = Barrier(2)

    def run(method: str) -> list[str]:
        outcomes = []
        with app.app_context():
            for number in range(101, 101 + homes):
                gate.wait()
                try:
                    with unit_of_work(drain=False) as session:
                        vote(session, number, "100" if method == TOKEN else "0", method)
                except Problem as problem:
                    outcomes.append(problem.code)
                else:
                    outcomes.append("cast")
            db.session.remove()
        return outcomes

    with ThreadPoolExecutor(2) as pool:
        web, paper = pool.map(run, (TOKEN, PAPER))

    assert all(sorted(pair) == ["cast", "unit_already_voted"] for pair in zip(web, paper, strict=True))
    with app.app_context(), read_scope() as session:
        found = counting.totals(session, the_round(session)).popitem()[1]
        assert found.ballots == homes == sum(found.by_method.values())
        assert found.by_method.get(TOKEN, 0) == web.count("cast")
        assert found.mean == Fraction(100 * web.count("cast"), homes)


def test_nothing_leads_from_a_ballot_to_a_voter(site: Site) -> None:
    columns = {column["name"] for column in inspect(db.engine).get_columns("property_ballot")}
    assert columns == {"key", "entrant_id", "score", "answers"}
    order = list(range(101, 131))
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        round_ = urn.make_draft(session, tree["happy"], [urn.make_estate(session, tree["happy"], len(order))])
        urn.open_round(session, round_)
        for number in order:
            vote(session, number, str(number - 100))
    with unit_of_work(drain=False) as session:
        before = {ballot.key for ballot in urn.ballots(session)}
        session.expunge_all()
        assert mixing.mix(session, session.scalars(select(PropertyEntrant.id)).one()) == len(order)
    with read_scope() as session:
        bare = session.execute(select(table_of(PropertyBallot))).all()
        assert sorted(int(row.score) for row in bare) == list(range(1, 31))
        # The table lies in the order of random keys: not in that of the votes.
        assert [row.key for row in bare] == sorted(row.key for row in bare)
        assert [int(row.score) for row in bare] != list(range(1, 31))
        assert before.isdisjoint(row.key for row in bare)
        written = session.scalars(select(AuditRow).where(AuditRow.event == "property.ballot_cast")).all()
        assert {(row.actor, row.address) for row in written} == {("voter", "")}
        assert len({row.object_id for row in written}) == 1
        # The roll knows the day and no instant.
        kinds = {type(row.voted_on) for row in session.scalars(select(PropertyVoter))}
        assert kinds == {type(current_site().today())}


@pytest.mark.parametrize("engine_name", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_ballots_bear_the_stamp_of_their_votes_for_some_minutes_only(site: Site) -> None:
    """What links a ballot to a row of the roll on PostgreSQL: the transaction that wrote both."""

    def links() -> int:
        stamp = "CAST(xmin AS text)"
        query = (
            f"SELECT count(DISTINCT {stamp}) FROM property_ballot "
            f"UNION ALL SELECT count(DISTINCT {stamp}) FROM property_voter WHERE voted_on IS NOT NULL"
        )
        with read_scope() as session:
            ballots, voters = session.scalars(text(query)).all()
        assert ballots == voters
        return int(ballots)

    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estates = [
            urn.make_estate(session, tree["happy"], 9),
            urn.make_estate(session, tree["happy"], 2, "乙"),
        ]
        urn.open_round(session, urn.make_draft(session, tree["happy"], estates))
    for number in range(101, 106):
        with unit_of_work(drain=False) as session:
            vote(session, number)
    mixing.mix_new(site.now())
    assert links() == 5
    for number in (106, 107):
        with unit_of_work(drain=False) as session:
            vote(session, number)
    mixing.mix_new(site.now())
    assert links() == 1
    with unit_of_work(drain=False) as session:
        vote(session, 108)
    mixing.mix_new(site.now())
    assert links() == 2
    mixing.mix_all(site.now())
    assert links() == 1
    with read_scope() as session:
        assert [one.agrees for one in counting.turnout(session, the_round(session)).values()] == [True, True]
        assert mixing.waiting(session, site.now(), 1) == []


def test_the_count_is_exact_and_agrees_with_the_roll(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estates = [
            urn.make_estate(session, tree["happy"], 4),
            urn.make_estate(session, tree["sunny"], 2, "空苑"),
        ]
        round_ = urn.make_draft(session, tree["street"], estates)
        urn.open_round(session, round_)
        asked = survey.questions_of(session, round_)
        third = survey.answered(asked, dict(zip([q.id for q in asked], ("0", "0", "25"), strict=True)))
        for number, answers in ((101, third), (102, survey.scored("33.33")), (103, survey.scored(100))):
            held = casting.held_open(session, round_.id)
            casting.cast(session, held, urn.row_of(session, number), answers, PAPER, SYSTEM)
        full, none = counting.totals(session, round_).values()
        assert full.mean == (Fraction(25, 3) + Fraction(3333, 100) + 100) / 3
        assert full.median == Fraction(3333, 100)
        assert (full.ballots, full.assisted) == (3, 3)
        assert (none.ballots, none.mean, none.median) == (0, None, None)
        shown = list(counting.turnout(session, round_).values())
        assert [(one.households, one.voted, one.percent, one.agrees) for one in shown] == [
            (4, 3, 75, True), (2, 0, 0, True),
        ]  # fmt: skip
        session.delete(urn.ballots(session)[0])
        session.flush()
        assert not next(iter(counting.turnout(session, round_).values())).agrees


@pytest.mark.parametrize("score", ["101", "-1", "nan", "1e2", "", "33.333", "１００", None, True, 10**400])
def test_a_score_is_a_number_from_0_to_100(score: object) -> None:
    with pytest.raises(Problem) as caught:
        survey.scored(score)
    assert caught.value.code == "bad_score"


@pytest.mark.parametrize(
    "given", [{}, {"clean": "100"}, {"clean": "101", "more": "1"}, {"clean": "99.5"}, {"clean": None}]
)
def test_answers_are_one_of_those_offered_to_every_question(given: dict[str, object]) -> None:
    asked = [Question("clean", "", FACES), Question("safe", "", FACES)]
    with pytest.raises(Problem) as caught:
        survey.answered(asked, given)
    assert caught.value.code == "bad_score"


def test_proofs_end_and_pass_on_without_touching_what_was_cast(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        round_ = urn.make_draft(session, tree["happy"], [urn.make_estate(session, tree["happy"], 2)])
        seller, buyer = (make_person(session, tree["happy"], name) for name in ("卖方", "买方"))
        urn.own(session, 101, seller)
        urn.open_round(session, round_)
        vote(session, 101, people=(seller.id,))
        from pointsys.plugins.property_rating.owners import services as owners

        owners.end(session, session.scalars(select(PropertyOwnerProof)).one(), SYSTEM)
        urn.own(session, 101, buyer)
        row = roll.own_voter(session, round_, urn.home(session, 101).public_id, [buyer.id])
        assert row.person_id == seller.id
        assert refused(session, 101, people=(buyer.id,)) == "unit_already_voted"
        assert len(urn.ballots(session)) == 1


@pytest.mark.parametrize(
    "by_method",
    [
        {SELF: 10, PAPER: 2, "phone": 2}, {SELF: 2, TOKEN: 2, PAPER: 10}, {SELF: 3}, {PAPER: 9, TOKEN: 4},
        {SELF: 9, TOKEN: 7, PAPER: 1, "visit": 1},
    ],
)  # fmt: skip
def test_where_the_sum_of_assisted_ballots_is_hidden_neither_side_stands_there_whole(
    by_method: dict[str, int],
) -> None:
    voted = sum(by_method.values())
    line = listing.EstateLine(1, "", "", "", counting.Turnout(90, voted, voted, by_method), 5)
    assert not line.tells_assisted
    assert HIDDEN in line.ways[:2]
    assert HIDDEN in line.ways[2:]
