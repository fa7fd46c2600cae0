"""Two at once: a round is opened, tallied, appealed against and made final once, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.documents.models import Document
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.rounds import publishing, services, sheets, tally, withdrawing
from pointsys.plugins.property_rating.rounds.finding import entrants_of
from pointsys.plugins.property_rating.rounds.models import PropertyEntrant, PropertyRound, PropertyRoundEvent
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from tests.browsers import World
from tests.conftest import FixedClock
from tests.plugins.property_rating.rounds.stage import FIRST, LAST, Stage, ballots, make_stage


def the_round(session: Session) -> PropertyRound:
    """The newest one."""
    return session.scalars(select(PropertyRound).order_by(PropertyRound.id.desc())).all()[0]


def both(app: Flask, act: Callable[[Session], object]) -> list[str]:
    """The same act twice at once; the codes of what was refused, "" for what was done."""
    barrier = Barrier(2)

    def run(_number: int) -> str:
        with app.app_context():
            barrier.wait()
            try:
                with unit_of_work(drain=False) as session:
                    act(session)
            except Problem as problem:
                return problem.code
        return ""

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(run, range(2)))


def drafted(session: Session, world: World, stage: Stage, today: date) -> PropertyRound:
    """A draft of the whole sub-district."""
    street = session.get_one(Area, world.areas["street"])
    version = session.scalars(
        select(PropertySchemeVersion).where(PropertySchemeVersion.public_id == stage.version)
    ).one()
    draft = services.Draft("年度测评", version, "2026", FIRST, LAST, today, "街道办事处")
    return services.draft_round(session, street, draft, SYSTEM)


def test_each_step_is_taken_once_by_two_at_once(app: Flask, world: World, clock: FixedClock) -> None:
    with app.app_context():
        stage = make_stage(world)
        with unit_of_work(drain=False) as session:
            drafts = [drafted(session, world, stage, clock.now.date()).public_id for _number in range(2)]

    def one(session: Session, public_id: str) -> PropertyRound:
        return session.scalars(select(PropertyRound).where(PropertyRound.public_id == public_id)).one()

    # Two rounds of the same time: an estate takes part in one of them.
    waiting = list(drafts)
    opened = both(app, lambda s: services.open_round(s, one(s, waiting.pop()), SYSTEM))
    assert opened == ["", "no_entrants"]
    give_up = partial(withdrawing.withdraw, reason="重复", actor=SYSTEM)

    def twice(at: str) -> list[str]:
        return both(app, lambda s: give_up(s, one(s, at)))

    assert [twice(at) for at in drafts] == [["", "bad_state"]] * 2
    with app.app_context(), unit_of_work(drain=False) as session:
        at = drafted(session, world, stage, clock.now.date()).public_id
    assert both(app, lambda s: services.open_round(s, the_round(s), SYSTEM)) == ["", "bad_state"]
    with app.app_context():
        ballots(at, ["75"] * 6)
        with unit_of_work(drain=False) as session:
            round_ = the_round(session)
            for entrant in entrants_of(session, round_):
                sheets.fill_sheet(session, round_, entrant, "management", "专家", "80", "台账", SYSTEM)
    assert both(app, lambda s: tally.tally(s, the_round(s), SYSTEM)) == ["reason_required", "reason_required"]
    with app.app_context(), unit_of_work(drain=False) as session:
        tally.tally(session, the_round(session), SYSTEM, "收齐")
    assert both(app, lambda s: publishing.publish(s, the_round(s), 3, SYSTEM)) == ["", "bad_state"]
    clock.advance(days=10)
    assert both(app, lambda s: publishing.make_final(s, the_round(s), SYSTEM)) == ["", "bad_state"]
    with app.app_context(), read_scope() as session:
        # Those of the round that was given up are still known.
        assert session.scalar(select(func.count()).select_from(PropertyEntrant)) == 4
        # One paper: the small estate has no result.
        assert session.scalar(select(func.count()).select_from(Document)) == 1
        mine = PropertyRoundEvent.round_id == the_round(session).id
        numbers = session.scalars(
            select(PropertyRoundEvent.no).where(mine).order_by(PropertyRoundEvent.no)
        ).all()
        assert numbers == list(range(1, len(numbers) + 1))
