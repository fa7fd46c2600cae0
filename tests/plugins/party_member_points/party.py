"""A sub-district with Party members' points switched on, and short ways to record for its members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import VOIDED, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import Base
from pointsys.core.pending import drain
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points import members, own, schemes
from tests.factories import make_draft, make_person, make_tree

NAME = "party_member_points"
DAY = date(2026, 3, 7)
MEMBER = {"political_status": "member"}


@dataclass
class Party:
    """The areas by name, ids only, so that it outlives its session."""

    areas: dict[str, int]

    def area(self, session: Session, name: str) -> Area:
        """An area in the given session."""
        return session.get_one(Area, self.areas[name])

    def person(self, name: str = "张三", area: str = "grid1", **kwargs: Any) -> int:
        """A person's id."""
        with unit_of_work() as session:
            return make_person(session, self.area(session, area), name, **kwargs).id

    def roster(self, people: Mapping[int, Mapping[str, Any]], area: str = "happy") -> None:
        """Import the plugin's columns of some people."""
        with unit_of_work() as session:
            members.take_roster(session, self.area(session, area), list(people.items()), SYSTEM)

    def member(self, name: str = "张三", area: str = "grid1", **values: Any) -> int:
        """The id of a new Party member."""
        person = self.person(name, area)
        self.roster({person: {**MEMBER, **values}})
        return person

    def serve(
        self,
        person: int,
        start: str | None = "09:00",
        end: str | None = "11:00",
        *,
        day: date = DAY,
        area: str = "happy",
        confirm: bool = True,
        derive: bool = True,
        **kwargs: Any,
    ) -> int:
        """Record one entry; returns its id."""
        with unit_of_work(drain=derive) as session:
            place = self.area(session, area)
            draft = make_draft(
                session, place, session.get_one(Person, person), day=day, start=start, end=end, **kwargs
            )
            return record(session, place, [draft], SYSTEM, "test", confirm=confirm)[0].entry_id

    def decide(self, entry: int, outcome: str = VOIDED, derive: bool = True) -> None:
        """Void an entry, or decide otherwise."""
        with unit_of_work(drain=derive) as session:
            decide(session, [entry], outcome, "recorded by mistake", SYSTEM)

    def map_kind(self, kinds: Mapping[str, object], area: str = "street") -> None:
        """Say which kinds count as which item, and derive."""
        with unit_of_work(drain=False) as session:
            set_setting(session, self.area(session, area), "points.mapping", dict(kinds), SYSTEM)
            schemes.mark_members(session, self.areas[area])
        drain()

    def publish(self, text: str, first: date, area: str = "street") -> None:
        """Publish a scheme, and derive."""
        with unit_of_work(drain=False) as session:
            schemes.publish(session, self.area(session, area), text, "toml", first, SYSTEM)
        drain()


def switch_on(areas: Mapping[str, int], *names: str, preset: bool = True) -> Party:
    """The plugin on in the named areas, with the sample scheme published for the sub-district."""
    party = Party(dict(areas))
    with unit_of_work() as session:
        for name in names or ("street",):
            switch_plugin(session, party.area(session, name), NAME, True, SYSTEM)
        if preset:
            street = party.area(session, "street")
            schemes.publish(session, street, schemes.preset(), "toml", schemes.PRESET_FROM, SYSTEM)
    return party


def make_party(*names: str, preset: bool = True) -> Party:
    """The usual tree with the plugin on."""
    with unit_of_work() as session:
        areas = {name: area.id for name, area in make_tree(session).items()}
    return switch_on(areas, *names, preset=preset)


def view(person: int) -> own.MemberView | None:
    """A member as pages read them."""
    with read_scope() as session:
        return own.member_view(session, person)


def score(person: int, period: str = "2026") -> own.StoredScore:
    """The stored score of a member."""
    found = view(person)
    assert found is not None
    stored = found.score(period)
    assert stored is not None
    return stored


def result(person: int, period: str = "2026") -> dict[str, Any]:
    """The scorer's neutral result as it is stored."""
    return dict(score(person, period).detail["result"])


def stored_rows() -> list[tuple[Any, ...]]:
    """All stored scores, every column, in one order."""
    with read_scope() as session:
        return sorted(tuple(row) for row in session.execute(select(Base.metadata.tables["points_result"])))


def entry_id(public: int) -> str:
    """The outside id of an entry."""
    with read_scope() as session:
        return session.get_one(Entry, public).public_id
