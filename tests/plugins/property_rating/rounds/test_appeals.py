"""How appeals are taken back and signed on paper, and what an upheld one leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.objections import services as objections
from pointsys.core.publicity.models import Publicity
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.property_rating.registry.models import (
    PropertyDwelling,
)
from pointsys.plugins.property_rating.rounds import (
    appealing,
    publishing,
    ruling,
    sheets,
    signatures,
    tally,
    upheld,
)
from pointsys.plugins.property_rating.rounds.records import PropertyVeto
from tests.browsers import World
from tests.conftest import FixedClock
from tests.plugins.property_rating.rounds.acts import (
    actor,
    appeal,
    did,
    first,
    join,
    published,
    rate,
    the,
)
from tests.plugins.property_rating.rounds.stage import (
    Stage,
    another_office,
    co_owner,
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
        return list(sheets.vetoes_of(session, [first(session).id]))

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
