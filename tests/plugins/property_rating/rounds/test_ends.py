"""What ends a round or an appeal before its time, who may not decide, and what an upheld appeal leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.attachments.models import Attachment
from pointsys.core.objections import services as objections
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.publicity.models import Publicity
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
    signatures,
    tally,
    upheld,
    withdrawing,
)
from pointsys.plugins.property_rating.rounds.finding import entrants_of
from pointsys.plugins.property_rating.rounds.models import (
    COLLECTING,
    COMPUTED,
    DRAFT,
    FINAL,
    PUBLICITY,
    STATES,
    SUPERSEDED,
    WITHDRAWN,
    PropertyEntrant,
    PropertyRound,
    PropertyRoundEvent,
)
from pointsys.plugins.property_rating.rounds.records import PropertyAppeal, PropertyRaterSheet, PropertyVeto
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from tests import factories
from tests.browsers import World
from tests.conftest import FixedClock
from tests.plugins.property_rating.rounds.stage import (
    FIRST,
    LAST,
    Stage,
    another_office,
    ballots,
    co_owner,
    make_stage,
)

Act = Callable[[Session], object]


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


class Undo(Exception):
    """Takes a try back."""


def did(act: Act, *, undo: bool = False) -> str:
    """Do something in a transaction of its own; the code of the refusal, "" where it is done."""
    try:
        with unit_of_work(drain=False) as session:
            act(session)
            if undo:
                raise Undo
    except Problem as problem:
        return problem.code
    except Undo:
        return ""
    return ""


def actor(world: World, name: str, role: str = "") -> Actor:
    """An account of the world; a ``role`` over the sub-district where the service asks for one."""
    with read_scope() as session:
        area = session.get_one(Area, world.areas["street"])
        return factories.actor_of(session.get_one(Account, world.accounts[name]), role or None, area)


def the(session: Session) -> PropertyRound:
    """The newest round."""
    return session.scalars(select(PropertyRound).order_by(PropertyRound.id.desc())).all()[0]


def first(session: Session) -> PropertyEntrant:
    """Its entrant of the estate with twenty dwellings."""
    return next(one for one in entrants_of(session, the(session)) if one.households != 5)


def appeal(session: Session) -> PropertyAppeal:
    """The newest appeal."""
    return session.scalars(select(PropertyAppeal).order_by(PropertyAppeal.id.desc())).all()[0]


def join(who: Actor, session: Session) -> object:
    """Support the newest appeal."""
    return appealing.join_appeal(session, the(session), appeal(session), who)


def drafted(world: World, stage: Stage, *, replaces: str = "") -> None:
    """A draft; with ``replaces`` for that final round, whose ballots count again."""
    with unit_of_work(drain=False) as session:
        version = session.scalars(
            select(PropertySchemeVersion).where(PropertySchemeVersion.public_id == stage.version)
        ).one()
        earlier = session.scalars(select(PropertyRound).where(PropertyRound.public_id == replaces)).first()
        today = current_site().today()
        draft = services.Draft(
            "年度测评", version, "2026", FIRST, LAST, today, "街道办事处", replaces=earlier,
            reason="录入有误", reuses=bool(replaces),
        )  # fmt: skip
        services.draft_round(session, session.get_one(Area, world.areas["street"]), draft, SYSTEM)


def rate(session: Session, value: str = "80", reason: str = "") -> None:
    """A sheet of the first estate."""
    sheets.fill_sheet(
        session, the(session), first(session), "management", "专家", value, "台账", SYSTEM, reason=reason
    )


def published(world: World, stage: Stage, days: int = 3) -> None:
    """A round that is up for objections."""
    drafted(world, stage)
    assert did(lambda s: services.open_round(s, the(s), SYSTEM)) == ""
    with read_scope() as session:
        at = the(session).public_id
    ballots(at, ["75"] * 6)
    for act in (
        rate,
        lambda s: tally.tally(s, the(s), SYSTEM, "收齐"),
        lambda s: publishing.publish(s, the(s), days, SYSTEM),
    ):
        assert did(act) == ""


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


def test_an_appeal_is_taken_back_by_who_raised_it_until_it_is_ruled(
    world: World, stage: Stage, clock: FixedClock
) -> None:
    published(world, stage)
    liaison, office = actor(world, "liaison", "unit_liaison"), actor(world, "office")
    one, two, three = (actor(world, name) for name in stage.owners)

    def raised(who: Actor) -> str:
        return did(lambda s: appealing.raise_appeal(s, the(s), first(s), "不公", who, gather=True))

    def back(who: Actor) -> str:
        return did(lambda s: appealing.retract(s, the(s), appeal(s), who, "已沟通"))

    with read_scope() as session:
        last = session.scalars(select(Publicity.objections_until)).one()
    assert raised(liaison) == ""
    assert [back(who) for who in (one, office, liaison, liaison)] == [
        "forbidden",
        "forbidden",
        "",
        "bad_state",
    ]
    # The time for appeals is as long as it was: another one can be raised, and lost again.
    assert raised(one) == ""
    assert did(partial(join, two)) == ""
    assert back(two) == "forbidden"
    assert back(one) == ""
    with read_scope() as session:
        assert (appeal(session).state, appeal(session).retracted_why) == ("withdrawn", "已沟通")
        assert session.scalars(select(Publicity.objections_until)).one() == last
    # With three behind it, two are enough without the first: it stays theirs, and the second is the first now.
    assert raised(one) == ""
    for who in (two, three):
        assert did(partial(join, who)) == ""
    assert back(one) == ""
    with read_scope() as session:
        assert (appeal(session).state, appeal(session).supporting) == ("open", 2)
    assert back(one) == "forbidden"
    clock.advance(days=10)
    assert did(lambda s: publishing.make_final(s, the(s), office)) == "appeal_pending"
    assert back(two) == ""
    assert raised(one) == "appeal_closed"
    assert did(lambda s: publishing.make_final(s, the(s), office)) == ""
    assert back(two) == "bad_state"


def test_signatures_on_paper_count_once_for_owners_on_the_roll_after_a_second_person_compared_them(
    world: World, stage: Stage, clock: FixedClock
) -> None:
    co_owner(stage.homes[1], "业主三")
    published(world, stage)
    office, second, one = (actor(world, name) for name in ("office", "office2", "owner1"))

    def signed(session: Session, home: int, owner: str, method: str = "paper") -> signatures.Signature:
        query = select(PropertyDwelling).where(PropertyDwelling.public_id == stage.homes[home])
        return signatures.Signature(session.scalars(query).one(), owner, method)

    def enter(home: int, owner: str, method: str = "paper", by: Actor = office) -> str:
        return did(lambda s: signatures.enter(s, the(s), appeal(s), signed(s, home, owner, method), by))

    def begin(home: int, owner: str, text: str = "电梯停运") -> str:
        return did(lambda s: signatures.raise_for(s, the(s), first(s), signed(s, home, owner), text, office))

    def waiting(session: Session) -> list[str]:
        return [row.public_id for row in appealing.supports_of(session, appeal(session)) if row.waits]

    assert begin(0, "业主一", " ") == "reason_required"
    assert begin(0, "业主一") == ""
    assert begin(1, "业主二") == "appeal_pending"
    assert [
        enter(0, "业主一"), enter(1, "业主一"), enter(1, "业主三"), enter(4, "业主二"), enter(1, "业主二", "phone"),
        enter(1, "业主二", by=actor(world, "owner2")),
    ] == ["already_supports", "not_owner", "not_eligible", "not_verified", "bad_method", "own_matter"]  # fmt: skip
    assert enter(1, " 业主二 ", "visit") == ""
    with read_scope() as session:
        assert (appeal(session).state, appeal(session).supporting, len(waiting(session))) == (
            "gathering",
            0,
            2,
        )
        lines = signatures.waiting_lines(session, appeal(session), second, world.areas["street"])
        assert [(line.name, line.door, line.own) for line in lines] == [
            ("业主一", "1栋 101", False),
            ("业主二", "1栋 102", False),
        ]
        # They are on the roster of the first grid: the other one is told nothing of its neighbours.
        assert [
            len(signatures.waiting_lines(session, appeal(session), second, world.areas[grid]))
            for grid in ("grid1", "grid2")
        ] == [2, 0]

    def compare(act: Callable[..., object], who: Actor) -> str:
        return did(lambda s: act(s, the(s), appeal(s), waiting(s)[-1:], who))

    assert compare(signatures.count, office) == "another_person_needed"
    assert compare(signatures.strike, second) == ""
    # Who joins while the first signature waits is not who raised it.
    assert did(partial(join, actor(world, "owner2"))) == ""
    assert did(lambda s: appealing.retract(s, the(s), appeal(s), actor(world, "owner2"))) == "forbidden"
    with unit_of_work(drain=False) as session:
        session.delete(appealing.supports_of(session, appeal(session))[1])
    # Whoever says it themselves needs nobody to look.
    assert did(lambda s: appealing.join_appeal(s, the(s), appeal(s), one)) == ""
    assert enter(1, "业主二") == ""
    clock.advance(days=10)
    assert enter(2, "业主三") == "appeal_closed"
    # Entered in time: nothing is final before somebody has compared it, and that may make it an appeal.
    assert did(lambda s: publishing.make_final(s, the(s), second)) == "appeal_pending"
    assert compare(signatures.count, second) == ""
    assert compare(signatures.count, second) == "bad_state"
    with read_scope() as session:
        assert (appeal(session).state, appeal(session).supporting) == ("open", 2)
        # The clerk who wrote it down is not who rules on it.
        refusal = ruling.why_not(session, the(session), appeal(session), office)
        assert refusal is not None
    assert did(lambda s: publishing.make_final(s, the(s), second)) == "appeal_pending"


def test_an_upheld_appeal_changes_something_or_somebody_writes_down_why_not(
    world: World, stage: Stage, clock: FixedClock
) -> None:
    # 30 September 2026: seven days of holiday follow, and the Saturday after them is a working day.
    clock.now = clock.now.replace(month=9, day=30)
    published(world, stage)
    with read_scope() as session:
        assert session.scalars(select(Publicity.objections_until)).one() == date(2026, 10, 10)
    liaison = actor(world, "liaison", "unit_liaison")

    def publish() -> str:
        return did(lambda s: publishing.publish(s, the(s), 3, SYSTEM))

    def again() -> str:
        return did(lambda s: tally.tally(s, the(s), SYSTEM, "申诉成立"))

    def uphold() -> None:
        assert did(lambda s: appealing.raise_appeal(s, the(s), first(s), "不公", liaison)) == ""
        assert did(lambda s: ruling.rule(s, the(s), appeal(s), "upheld", "证据不足", SYSTEM)) == ""
        assert publish() == "bad_state"

    def vetoes(session: Session) -> list[PropertyVeto]:
        return sheets.vetoes_of(session, [first(session).id])

    uphold()
    # Neither another tally, nor the same value again, nor a rumour is a change.
    assert [again(), publish()] == ["", "bad_state"]
    assert did(lambda s: rate(s, "80", "复核")) == ""
    assert [again(), publish()] == ["", "bad_state"]
    # Nor is a change that was tallied and then changed back, or a decision that was recorded and taken back.
    for value in ("90", "80"):
        assert [did(partial(rate, value=value, reason="复核")), again()] == ["", ""]
    assert publish() == "bad_state"
    confirmed = partial(
        sheets.record_veto, event="fund_misuse", status="confirmed", actor=SYSTEM, reason="裁定",
        document_no="住建罚〔2026〕3号", decided_on=date(2026, 3, 2),
    )  # fmt: skip
    assert did(lambda s: confirmed(s, the(s), first(s))) == ""
    assert did(lambda s: sheets.take_back_veto(s, the(s), vetoes(s)[0], "撤销", SYSTEM)) == ""
    assert [again(), publish()] == ["", "bad_state"]
    rumour = ("fund_misuse", "alleged", SYSTEM)
    assert did(lambda s: sheets.record_veto(s, the(s), first(s), *rumour, reason="反映")) == ""
    assert [again(), publish()] == ["", "bad_state"]
    assert did(lambda s: rate(s, "85", "按裁定更正")) == ""
    assert [publish(), again(), publish()] == ["bad_state", "", ""]
    uphold()
    assert did(lambda s: upheld.leave_score(s, the(s), appeal(s), " ", SYSTEM)) == "reason_required"
    assert did(lambda s: upheld.leave_score(s, the(s), appeal(s), "程序瑕疵，不影响得分", SYSTEM)) == ""
    assert did(lambda s: upheld.leave_score(s, the(s), appeal(s), "再写", SYSTEM)) == "bad_state"
    assert publish() == ""
    uphold()
    assert did(lambda s: confirmed(s, the(s), first(s))) == ""
    assert [again(), publish()] == ["", ""]


def test_an_upheld_objection_to_the_notice_is_answered_by_another_tally_before_it_is_published_again(
    world: World, stage: Stage, clock: FixedClock
) -> None:
    published(world, stage)
    clock.advance(minutes=1)

    def publish() -> str:
        return did(lambda s: publishing.publish(s, the(s), 3, SYSTEM))

    def object_(outcome: str) -> None:
        def act(session: Session) -> None:
            subject = session.scalars(select(Publicity.public_id).order_by(Publicity.id.desc())).first() or ""
            raised = objections.raise_objection(
                session, "publicity", subject, "第 1 行有误", actor(world, "owner1")
            )
            objections.answer(
                session, raised, outcome, "核实过", actor(world, "office2", "subdistrict_office")
            )

        assert did(act) == ""
        assert did(lambda s: publishing.take_down(s, the(s), "异议", SYSTEM)) == ""

    object_("rejected")
    assert publish() == ""
    for outcome in ("upheld", "partly"):
        object_(outcome)
        assert publish() == "bad_state"
        clock.advance(minutes=1)
        assert did(lambda s: tally.tally(s, the(s), SYSTEM, "")) == "reason_required"
        assert did(lambda s: tally.tally(s, the(s), SYSTEM, "名称有误，分数不变")) == ""
        clock.advance(minutes=1)
        assert publish() == ""


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
