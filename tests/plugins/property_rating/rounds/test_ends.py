"""What ends a round before its time, who may not decide in one, and what a round takes over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.attachments.models import Attachment
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.ballots import casting, listing, slips, survey
from pointsys.plugins.property_rating.owners import services as owners
from pointsys.plugins.property_rating.registry.models import (
    PropertyCompanyAccount,
    PropertyDwelling,
    PropertyEstate,
)
from pointsys.plugins.property_rating.rounds import (
    appealing,
    own,
    publishing,
    queries,
    ruling,
    services,
    sheets,
    tally,
    upheld,
    withdrawing,
)
from pointsys.plugins.property_rating.rounds.models import (
    COLLECTING,
    COMPUTED,
    DRAFT,
    FINAL,
    PUBLICITY,
    STATES,
    SUPERSEDED,
    WITHDRAWN,
    PropertyRound,
    PropertyRoundEvent,
)
from pointsys.plugins.property_rating.rounds.records import PropertyRaterSheet
from tests import factories
from tests.browsers import World
from tests.plugins.property_rating.rounds.acts import (
    Act,
    actor,
    appeal,
    did,
    drafted,
    first,
    published,
    rate,
    the,
)
from tests.plugins.property_rating.rounds.stage import (
    FIRST,
    Stage,
    another_office,
    ballots,
    make_stage,
)


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Two at once are tried on both engines by ``test_races``; here it is about the rules."""
    return str(request.param)


@pytest.fixture
def stage(app: Flask, world: World) -> Iterator[Stage]:
    """What a round needs, two accounts of the office, inside an application."""
    with app.app_context():
        another_office(world)
        yield make_stage(world)


def test_every_act_is_refused_in_every_state_but_its_own(world: World, stage: Stage) -> None:
    published(world, stage)
    assert (
        did(
            lambda s: appealing.raise_appeal(s, the(s), first(s), "不公", actor(world, "owner1"), gather=True)
        )
        == ""
    )
    veto = ("fund_misuse", "alleged", SYSTEM)
    # By the states of the design: what each act is for; the rest answers bad_state.
    acts: dict[str, tuple[Act, set[str]]] = {
        # Whoever opens a draft is answered otherwise; this one has its entrants already.
        "open": (lambda s: services.open_round(s, the(s), SYSTEM), set()),
        "sheet": (lambda s: rate(s, "81", "更正"), {COLLECTING, COMPUTED}),
        "veto": (
            lambda s: sheets.record_veto(s, the(s), first(s), *veto, reason="群众反映"),
            {COLLECTING, COMPUTED},
        ),
        "tally": (lambda s: tally.tally(s, the(s), SYSTEM, "收齐"), {COLLECTING, COMPUTED}),
        "publish": (lambda s: publishing.publish(s, the(s), 3, SYSTEM), {COMPUTED}),
        "take down": (lambda s: publishing.take_down(s, the(s), "有误", SYSTEM), {PUBLICITY}),
        "final": (lambda s: publishing.make_final(s, the(s), SYSTEM), {PUBLICITY}),
        "rule": (lambda s: ruling.rule(s, the(s), appeal(s), "rejected", "核对无误", SYSTEM), set()),
        "retract": (
            lambda s: appealing.retract(s, the(s), appeal(s), actor(world, "owner1")),
            {PUBLICITY, COMPUTED},
        ),
        "unchanged": (lambda s: upheld.leave_score(s, the(s), appeal(s), "无需更正", SYSTEM), set()),
        "withdraw": (lambda s: withdrawing.withdraw(s, the(s), "重复", SYSTEM), {DRAFT, COLLECTING}),
        "keep": (lambda s: withdrawing.keep(s, the(s), SYSTEM), set()),
        "join": (lambda s: appealing.join_appeal(s, the(s), appeal(s), actor(world, "owner2")), {PUBLICITY}),
    }  # fmt: skip
    # The notice is up whatever the state was forced to.
    other = {"final": "publicity_running", "publish": "already_posted"}
    closed = {"join": {FINAL, SUPERSEDED}}

    def forced(state: str, act: Act, session: Session) -> object:
        the(session).state = state
        session.flush()
        return act(session)

    for state in STATES[1:]:
        for name, (act, allowed) in acts.items():
            code = did(partial(forced, state, act), undo=True)
            if state in closed.get(name, ()):
                assert code == "appeal_closed", (state, name)
            elif state in allowed:
                assert code == other.get(name, ""), (state, name, code)
            else:
                assert code == "bad_state", (state, name, code)


def test_a_round_is_withdrawn_by_two_and_leaves_its_estates_to_another_one(
    world: World, stage: Stage
) -> None:
    office, second = actor(world, "office"), actor(world, "office2")
    drafted(world, stage)
    give_up = partial(withdrawing.withdraw, reason="范围有误")
    assert did(lambda s: withdrawing.withdraw(s, the(s), " ", office)) == "reason_required"
    # Nobody has seen a draft: one person is enough.
    assert did(lambda s: give_up(s, the(s), actor=office)) == ""
    drafted(world, stage)
    assert did(lambda s: services.open_round(s, the(s), office)) == ""
    with read_scope() as session:
        round_, at = the(session), the(session).public_id
        assert [one.state for one in session.scalars(select(PropertyRound).order_by(PropertyRound.id))] == [
            WITHDRAWN,
            COLLECTING,
        ]
    ballots(at, ["75"] * 6)
    assert did(lambda s: withdrawing.keep(s, the(s), second)) == "bad_state"
    assert did(lambda s: give_up(s, the(s), actor=office)) == ""
    assert did(lambda s: give_up(s, the(s), actor=office)) == "another_person_needed"
    # Meanwhile it goes on, and somebody may say that it stays so.
    ballots(at, ["75"])
    assert did(lambda s: withdrawing.keep(s, the(s), second)) == ""
    assert did(lambda s: give_up(s, the(s), actor=second)) == ""
    assert did(lambda s: withdrawing.withdraw(s, the(s), "", office)) == ""
    with read_scope() as session:
        round_ = the(session)
        assert (round_.state, round_.withdrawal_reason) == (WITHDRAWN, "范围有误")
        # Sealed: what lies in the urn is neither counted nor told, whoever asks.
        lines = listing.estates_of(session, round_, world.areas["street"])
        assert sum(line.turnout.ballots for line in lines) == 7
        assert listing.answers_in(session, round_, lines) == []
        assert first(session).score is None
        assert withdrawing.lately_withdrawn(session, world.areas["happy"]) == [round_]
        assert withdrawing.lately_withdrawn(session, world.areas["sunny"]) == []
        told = own.rounds_of_companies(session, actor(world, "liaison", "unit_liaison"))
        assert [row.round.state for row in told] == [WITHDRAWN]
        actions = session.scalars(
            select(PropertyRoundEvent.action)
            .where(PropertyRoundEvent.round_id == round_.id)
            .order_by(PropertyRoundEvent.no)
        ).all()
        assert actions[2:] == ["withdrawal_asked", "withdrawal_dropped", "withdrawal_asked", "withdrawn"]
    with pytest.raises(Problem, match="范围有误"):
        ballots(at, ["75"])
    drafted(world, stage)
    assert did(lambda s: services.open_round(s, the(s), office)) == ""
    # A house that asks for no second person has none.
    with unit_of_work(drain=False) as session:
        set_setting(session, session.get_one(Area, world.areas["street"]), "log.second_person", "off", SYSTEM)
    assert did(lambda s: give_up(s, the(s), actor=office)) == ""
    with read_scope() as session:
        assert the(session).state == WITHDRAWN


def test_nobody_decides_in_a_round_of_a_company_that_they_act_for_with_another_account(
    world: World, stage: Stage
) -> None:
    with unit_of_work(drain=False) as session:
        grid = session.get_one(Area, world.areas["grid1"])
        person, twin = (factories.make_person(session, grid, name) for name in ("周干事", "周敏"))
        clerk, other = (factories.make_account(session, person=one) for one in (person, twin))
        merge_people(session, person, twin, SYSTEM)
        inside = factories.actor_of(clerk)
        # The account linked is the other one, and the company that of the other estate.
        company = session.scalars(
            select(PropertyCompanyAccount.company_id).where(PropertyCompanyAccount.to_on.is_(None))
        ).one()
        session.add(
            PropertyCompanyAccount(
                account_id=other.id, company_id=company + 1, from_on=FIRST,
                linked_at=current_site().now(), linked_by="test",
            )
        )  # fmt: skip
    published(world, stage)
    liaison, office = actor(world, "liaison", "unit_liaison"), actor(world, "office")
    assert did(lambda s: appealing.raise_appeal(s, the(s), first(s), "不公", liaison)) == ""

    def by(who: Actor, act: Callable[..., object], *args: object) -> str:
        return did(lambda s: act(s, the(s), *(one(s) if callable(one) else one for one in args), who))

    steps: list[tuple[Callable[..., object], tuple[object, ...]]] = [
        (ruling.rule, (appeal, "upheld", "另行核实")),
        (upheld.leave_score, (appeal, "核实后分数不变")),
        (tally.tally, ()),
        (publishing.publish, (3,)),
        (publishing.take_down, ("名称有误",)),
    ]
    for act, args in steps:
        if act is tally.tally:
            assert did(lambda s: tally.tally(s, the(s), inside, "再计")) == "own_matter"
            continue
        assert by(inside, act, *args) == "own_matter", act
        assert by(SYSTEM, act, *args) == "", act
    assert did(lambda s: publishing.publish(s, the(s), 3, SYSTEM)) == ""
    assert did(lambda s: publishing.make_final(s, the(s), inside)) == "own_matter"
    assert did(lambda s: publishing.make_final(s, the(s), office)) == "publicity_running"
    drafted(world, stage)
    with unit_of_work(drain=False) as session:
        session.scalars(select(PropertyRound).order_by(PropertyRound.id)).all()[0].state = WITHDRAWN
    assert did(lambda s: services.open_round(s, the(s), inside)) == "own_matter"
    assert did(lambda s: services.open_round(s, the(s), office)) == ""
    assert did(lambda s: withdrawing.withdraw(s, the(s), "有误", inside)) == "own_matter"
    # Nor do they rate those who compete with it.
    sheet = ("management", "专家", "80", "台账", inside)
    assert did(lambda s: sheets.fill_sheet(s, the(s), first(s), *sheet)) == "own_matter"

    def print_slips(who: Actor, session: Session) -> object:
        return slips.make(session, the(session), slips.rows_for(session, first(session)), who)

    def help_owner(who: Actor, session: Session) -> None:
        voter = slips.rows_for(session, first(session), only_new=False)[0]
        casting.cast(session, the(session), voter, survey.scored("100"), "paper", who)

    # Nor do they hold codes with which owners vote, or enter ballots that they say came on paper.
    for act in (print_slips, help_owner):
        assert [did(partial(act, who)) for who in (inside, office)] == ["own_matter", ""], act
    # Nor do they say who owns, and so votes, in the estates that it manages.
    with read_scope() as session:
        there = session.scalars(
            select(PropertyDwelling).join(PropertyEstate).where(PropertyEstate.name == "松柏园")
        ).all()[0]
        someone = session.scalars(select(Person).where(Person.name == "业主三")).one()

    def note(who: Actor, session: Session) -> None:
        owners.prove(session, session.get_one(PropertyDwelling, there.id), someone, "register", who)

    def note_all(who: Actor, session: Session) -> None:
        owners.prove_many(session, world.areas["happy"], [(there.id, someone.id)], who)

    for noting in (note, note_all):
        assert [did(partial(noting, who), undo=True) for who in (inside, office)] == ["own_matter", ""]
    # Nor does ending the link help: it lasted when the round was opened.
    with unit_of_work(drain=False) as session:
        link = session.scalars(select(PropertyCompanyAccount).where(PropertyCompanyAccount.to_on.is_(None)))
        for one in link:
            one.to_on = current_site().today() - timedelta(days=1)
    assert did(lambda s: withdrawing.withdraw(s, the(s), "有误", inside)) == "own_matter"


def test_a_sheet_that_is_taken_over_shows_its_photos_where_they_lie(world: World, stage: Stage) -> None:
    published(world, stage)
    with unit_of_work(drain=False) as session:
        the(session).state, at = FINAL, the(session).public_id
        sheet = session.scalars(select(PropertyRaterSheet)).one()
        photo = Attachment(
            area_id=world.areas["street"], subject_type="property_sheet", subject_id=sheet.public_id,
            sha256="0" * 64, bytes=1, width=1, height=1, created_at=current_site().now(), created_by="test",
        )  # fmt: skip
        session.add(photo)
        session.flush()
        kept = photo.public_id
    # A draft that is given up leaves the final result free to be replaced.
    drafted(world, stage, replaces=at)
    assert did(lambda s: withdrawing.withdraw(s, the(s), "填错", SYSTEM)) == ""
    for _time in range(2):
        drafted(world, stage, replaces=at)
        assert did(lambda s: services.open_round(s, the(s), SYSTEM)) == ""
        with unit_of_work(drain=False) as session:
            rows = queries.sheet_rows(session, [first(session).id])
            assert [[one.public_id for one in row.photos] for row in rows] == [[kept]]
            assert len(session.scalars(select(Attachment)).all()) == 1
            # The copy of a copy names the first sheet too.
            the(session).state, at = FINAL, the(session).public_id
            for earlier in session.scalars(select(PropertyRound).where(PropertyRound.public_id != at)):
                earlier.state = SUPERSEDED
    assert did(lambda s: rate(s, "70", "更正")) == "bad_state"
