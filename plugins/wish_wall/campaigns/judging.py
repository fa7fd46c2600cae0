"""What each row of a sheet of collected wishes would become: compared with people, households and wishes on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Match,
    PeopleIndex,
    Problem,
    groups,
    normalise_text,
    subtree,
)

from ..models import OPEN, WITHDRAWN, WishesWish
from ..people import households_of
from .models import WishesSheetLine
from .reading import Row

NEW, NEW_PERSON, PRESENT, HAS_ONE, UNCLEAR = "new", "new_person", "present", "has_one", "unclear"
OUTCOMES = {
    NEW: N_("becomes a wish"),
    NEW_PERSON: N_("becomes a wish; the person is put on record"),
    PRESENT: N_("taken in already"),
    HAS_ONE: N_("has an open wish already"),
    UNCLEAR: N_("unclear"),
}
# What taking the sheet in turns into wishes.
ACTING = (NEW, NEW_PERSON)

_ELSEWHERE = N_("This phone or ID number is of somebody in another community.")
_NAME_DIFFERS = N_("This ID number belongs to somebody of another name. Compare name and number.")
_NAMESAKE = N_("Somebody of this name is on record here with another number. Compare phone or ID number.")
_SEVERAL = N_("Several people fit this row. Add the phone or ID number.")
_NO_NUMBER = N_("Nobody of this name is on record: add a phone or ID number, then they are put on record.")
_NO_PLACE = N_("“%(place)s” is no grid or community here.")
_PLACE_NEEDED = N_("Say in which community or grid this person lives, to put them on record.")
_OPEN_ALREADY = N_("This household has an open wish already, here or on an earlier row.")


@dataclass(frozen=True)
class Verdict:
    """What a row comes to: whom it means, where somebody new belongs, and why nothing becomes of it."""

    row: Row
    outcome: str
    person_id: int | None = None
    area_id: int = 0
    why: Problem | None = field(default=None, compare=False)


def judge(session: Session, area: Area, rows: Sequence[Row]) -> list[Verdict]:
    """What each row comes to, as things stand now; some ten statements, whatever the number of rows."""
    index = PeopleIndex(session, area.id)
    good = [row for row in rows if row.fault is None]
    index.load((row.name, row.phone or None, row.id_number or None) for row in good)
    places = _Places(session, area)
    found = []
    for row in rows:
        match = None if row.fault else index.match(row.name, row.phone or None, row.id_number or None)
        found.append(_meant(row, match, places))
    taken = _Taken(session, {one.person_id for one in found if one.person_id is not None})
    return [taken.place(one) for one in found]


class _Places:
    """Areas of a sheet by name and code."""

    def __init__(self, session: Session, area: Area) -> None:
        query = select(Area.id, Area.name, Area.code, Area.level).where(
            Area.id.in_(subtree(area.id)), Area.closed_on.is_(None)
        )
        rows = session.execute(query).all()
        self.inside = set(session.scalars(subtree(area.id)))
        self.own = area.id if area.level in ("community", "grid") else 0
        self.by_name: dict[str, list[int]] = {}
        for area_id, name, code, level in rows:
            if level in ("community", "grid"):
                self.by_name.setdefault(normalise_text(name), []).append(area_id)
                self.by_name.setdefault(code, []).append(area_id)

    def find(self, place: str) -> int:
        """The one place of this name; raises Problem place_unknown or place_needed."""
        if not place:
            if not self.own:
                raise Problem("place_needed", _PLACE_NEEDED)
            return self.own
        found = self.by_name.get(place, [])
        if len(found) != 1:
            raise Problem("place_unknown", _NO_PLACE, place=place[:30])
        return found[0]


def _meant(row: Row, match: Match | None, places: _Places) -> Verdict:
    """Whom a row means; whether they may have a wish is for ``_Taken`` to say."""

    def unclear(code: str, message: str) -> Verdict:
        return Verdict(row, UNCLEAR, why=Problem(code, message))

    if match is None:
        return Verdict(row, UNCLEAR, why=row.fault)
    if match.kind in ("id_number", "phone_name"):
        if match.area_id not in places.inside:
            return unclear("elsewhere", _ELSEWHERE)
        if match.name_differs:
            return unclear("name_differs", _NAME_DIFFERS)
        return Verdict(row, NEW, match.person_id)
    if match.kind == "none":
        if not row.phone and not row.id_number:
            return unclear("no_number", _NO_NUMBER)
        try:
            return Verdict(row, NEW_PERSON, area_id=places.find(row.place))
        except Problem as problem:
            return Verdict(row, UNCLEAR, why=problem)
    alone = len(match.candidates) == 1 and not row.phone and not row.id_number
    if match.kind == "name_only" and alone:
        return Verdict(row, NEW, match.candidates[0].person_id)
    several = match.kind == "ambiguous" or len(match.candidates) > 1
    return unclear("namesake", _SEVERAL if several else _NAMESAKE)


class _Taken:
    """Who has an open wish, and which rows became wishes before; rows of the sheet count as they are placed."""

    def __init__(self, session: Session, people: set[int]) -> None:
        self._kept: Mapping[int, int] = {}
        self._households: Mapping[int, frozenset[int]] = {}
        self._known: set[tuple[int, str, str]] = set()
        self._busy: set[object] = set()
        if not people:
            return
        self._kept = {row: kept for kept, rows in groups(session, people).items() for row in rows}
        self._households = households_of(session, people)
        homes = {home for found in self._households.values() for home in found}
        mine = WishesWish.person_id.in_(self._kept)
        lines = (
            select(WishesWish.person_id, WishesSheetLine.category, WishesSheetLine.title_key)
            .join(WishesSheetLine, WishesSheetLine.wish_id == WishesWish.id)
            .where(mine, WishesWish.state != WITHDRAWN)
        )
        self._known = {(self._kept[row[0]], row[1], row[2]) for row in session.execute(lines)}
        wishes = select(WishesWish.person_id, WishesWish.household_id).where(
            WishesWish.state.in_(OPEN), or_(mine, WishesWish.household_id.in_(homes))
        )
        for person_id, household_id in session.execute(wishes):
            self._busy.add(("person", self._kept.get(person_id, person_id)))
            if household_id is not None:
                self._busy.add(("home", household_id))

    def place(self, verdict: Verdict) -> Verdict:
        """The verdict with what is on record; a second wish of one household waits."""
        if verdict.outcome not in ACTING:
            return verdict
        row = verdict.row
        if verdict.person_id is None:
            keys: set[object] = {
                ("new", value) for value in (row.id_number, row.phone and row.name + row.phone) if value
            }
        else:
            kept = self._kept[verdict.person_id]
            if (kept, row.asked.category, normalise_text(row.title)[:60]) in self._known:
                return replace(verdict, outcome=PRESENT)
            keys = {("person", kept), *(("home", home) for home in self._households.get(kept, ()))}
        if not keys.isdisjoint(self._busy):
            return replace(verdict, outcome=HAS_ONE, why=Problem("household_limit", _OPEN_ALREADY))
        self._busy |= keys
        return verdict
