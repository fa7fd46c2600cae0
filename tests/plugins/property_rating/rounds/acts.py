"""What is done in rounds by the tests of how they, and appeals, end."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.rounds import (
    appealing,
    publishing,
    services,
    sheets,
    tally,
)
from pointsys.plugins.property_rating.rounds.finding import entrants_of
from pointsys.plugins.property_rating.rounds.models import (
    PropertyEntrant,
    PropertyRound,
)
from pointsys.plugins.property_rating.rounds.records import PropertyAppeal
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from tests import factories
from tests.browsers import World
from tests.plugins.property_rating.rounds.stage import (
    FIRST,
    LAST,
    Stage,
    ballots,
)

Act = Callable[[Session], object]


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
