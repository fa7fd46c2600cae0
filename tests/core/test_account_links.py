"""Accounts that act for something: the one rule behind the links of units, organisations and companies."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import MetaData, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.liaisons import AccountLinks
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.database import Base, db, new_public_id
from pointsys.core.people.merging import merge_people
from pointsys.core.permissions import UNIT_LIAISON
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Conflict, Problem
from tests.factories import actor_of, make_account, make_person, make_tree

pytestmark = pytest.mark.own_database


class Own(Base):
    """Tables that only these tests make."""

    __abstract__ = True
    metadata = MetaData()


class Steward(Own):
    """An account that acts for a whole area."""

    __tablename__ = "demo_steward"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), default=new_public_id)
    area_id: Mapped[int]
    account_id: Mapped[int]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    linked_at: Mapped[datetime]
    linked_by: Mapped[str]


LINKS = AccountLinks(Steward, "demo.linked", "demo.ended", "This account is a steward already.")


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(Problem) as caught:
        act()
    return caught.value


def test_somebody_else_links_a_liaison_of_the_place_once_and_ends_it(site: Site) -> None:
    Own.metadata.create_all(db.engine)
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        happy, today = tree["happy"], site.today()
        person, same = make_person(session, happy), make_person(session, happy, "张玮")
        held = make_account(session, UNIT_LIAISON, tree["street"], person=person, login="held")
        second = make_account(session, person=same, login="second")
        merge_people(session, person, same, SYSTEM)
        away = make_account(session, UNIT_LIAISON, tree["sunny"], login="away")
        gone = make_account(session, UNIT_LIAISON, happy, login="gone")
        plain = make_account(session, login="plain")
        accounts.disable_account(session, gone, SYSTEM)
        assert [one.login for one in LINKS.choices(session, happy.id)] == ["held"]

        def link(account: str, actor: Actor = SYSTEM) -> Steward:
            return LINKS.link(session, happy, happy.id, account, actor, area_id=happy.id)

        for other in (away, gone, plain):
            assert refused(partial(link, other.public_id)).code == "not_a_liaison"
        for own in (held, second):
            assert refused(partial(link, held.public_id, actor_of(own))).code == "own_matter"
        row = link(held.public_id, actor_of(plain))
        assert (row.from_on, row.to_on, row.linked_by) == (today, None, "plain")
        twice = refused(lambda: link(held.public_id))
        assert (type(twice), twice.code, twice.message) == (Conflict, "already_linked", LINKS.twice)
        # The same account may stand for something else too.
        sunny = LINKS.link(session, tree["sunny"], happy.id, held.public_id, SYSTEM, area_id=tree["sunny"].id)

        lasting = select(Steward.id).where(LINKS.lasting()).order_by(Steward.id)
        assert list(session.scalars(lasting)) == [row.id, sunny.id]
        assert LINKS.find(session, row.public_id, Steward.area_id == tree["sunny"].id) is None
        found = LINKS.find(session, row.public_id, Steward.area_id == happy.id)
        assert found is row
        LINKS.end(session, row, happy.id, SYSTEM)
        assert row.to_on == today - timedelta(days=1)
        assert list(session.scalars(lasting)) == [sunny.id]
        assert refused(lambda: LINKS.end(session, row, happy.id, SYSTEM)).code == "link_ended"
        again = link(held.public_id)
        lines = LINKS.lines(session, area_id=happy.id)
        assert [(line.public_id, line.login, line.to_on is None) for line in lines] == [
            (again.public_id, "held", True),
            (row.public_id, "held", False),
        ]
        written = session.execute(
            select(AuditRow.event, AuditRow.object_id).where(AuditRow.event.like("demo.%"))
        )
        assert sorted(tuple(one) for one in written) == sorted(
            [("demo.linked", one.public_id) for one in (row, sunny, again)] + [("demo.ended", row.public_id)]
        )


def test_two_who_link_at_once_make_one_link(app: Flask) -> None:
    with app.app_context():
        Own.metadata.create_all(db.engine)
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = make_tree(session)["happy"]
        account, area_id = make_account(session, UNIT_LIAISON, happy).public_id, happy.id
    gate = Barrier(2)

    def link(_writer: int) -> str:
        with app.app_context():
            try:
                with unit_of_work(drain=False) as session:
                    area = session.get_one(Area, area_id)
                    if db.engine.dialect.name == "postgresql":
                        # SQLite lets one writer in at a time anyway.
                        gate.wait(10)
                    LINKS.link(session, area, area_id, account, SYSTEM, area_id=area_id)
            except Problem as problem:
                return problem.code
            return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(link, range(2))) == ["already_linked", "made"]
    with app.app_context(), unit_of_work(drain=False) as session:
        assert session.scalar(select(func.count()).select_from(Steward)) == 1
