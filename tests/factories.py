"""Short ways to the rows that tests begin with; each works in the session it is given."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.kinds import add_shipped_kinds, kinds_for
from pointsys.core.activity_log.record import EntryDraft
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area
from pointsys.core.people import consent
from pointsys.core.people.models import Person
from pointsys.core.people.services import PersonData, create_person

SHANGHAI = ZoneInfo("Asia/Shanghai")
STREET = "990101001000"
HAPPY = "990101001001"
SUNNY = "990101001002"
PASSWORD = "Correct-horse-7"
_numbers = count(1)


def make_tree(session: Session) -> dict[str, Area]:
    """A sub-district with two communities, the first with two grids; and the shipped kinds."""
    street = create_area(session, STREET, "平安街道", None, SYSTEM)
    happy = create_area(session, HAPPY, "幸福社区", street, SYSTEM)
    sunny = create_area(session, SUNNY, "阳光社区", street, SYSTEM)
    grids = [create_area(session, f"{HAPPY}00{n}", f"第{n}网格", happy, SYSTEM) for n in (1, 2)]
    add_shipped_kinds(session)
    return {"street": street, "happy": happy, "sunny": sunny, "grid1": grids[0], "grid2": grids[1]}


def make_person(session: Session, area: Area, name: str = "张伟", **kwargs: object) -> Person:
    """A participant of ``area``."""
    return create_person(session, PersonData(name=name, area_id=area.id, **kwargs), SYSTEM)  # type: ignore[arg-type]


def agree_for_child(session: Session, person: Person) -> None:
    """A guardian agrees to what is recorded of a child under 14."""
    consent.give(session, person, consent.GUARDIAN, "1", "paper", SYSTEM, by_whom="王守信", relation="父亲")


def make_account(
    session: Session,
    role: str | None = None,
    area: Area | None = None,
    *,
    person: Person | None = None,
    login: str = "",
) -> Account:
    """An account with the common test password and at most one role."""
    account = accounts.create_account(
        session,
        login or f"user{next(_numbers)}",
        SYSTEM,
        person_id=person.id if person else None,
        password=PASSWORD,
    )
    if role and area is not None:
        accounts.grant_role(session, account, role, area, SYSTEM)
    return account


def actor_of(account: Account, role: str | None = None, area: Area | None = None) -> Actor:
    """The account as an actor, with at most one role."""
    grants = (Grant(role, area.id),) if role and area is not None else ()
    return Actor(
        account.login,
        account_id=account.id,
        person_id=account.person_id,
        grants=grants,
        account=account.public_id,
    )


def at(day: date, clock_time: str) -> datetime:
    """The instant of a local clock time in Shanghai: ``at(date(2026, 7, 1), "09:30")``."""
    hour, minute = map(int, clock_time.split(":"))
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour, minutes=minute)


def make_draft(
    session: Session,
    area: Area,
    person: Person,
    *,
    kind: str = "志愿服务",
    title: str = "清洁家园",
    day: date = date(2026, 7, 1),
    start: str | None = "09:00",
    end: str | None = "11:00",
    **kwargs: object,
) -> EntryDraft:
    """A draft of one person's part in an activity of ``area``."""
    return EntryDraft(
        person_id=person.id,
        kind_id=kinds_for(session, area.id)[kind].id,
        title=title,
        local_date=day,
        starts_at=at(day, start) if start else None,
        ends_at=at(day, end) if end else None,
        **kwargs,  # type: ignore[arg-type]
    )
