"""Communities and grids by the names that a roster calls them; names that are new below a community become grids."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area, subtree
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem

_NUMBERED = re.compile(r"第?0*(\d{1,3}|[一二三四五六七八九十]{1,3})(?:号?网格)?")
_DIGITS = {character: number for number, character in enumerate("一二三四五六七八九", start=1)}

UNKNOWN_COMMUNITY = N_("There is no community called %(name)s here. Compare the name with the list of areas.")
UNKNOWN_GRID = N_(
    "There is no grid called %(name)s here. Compare the name, or say in a column which community it is in."
)
GRID_AMBIGUOUS = N_("Several grids are called %(name)s. Say in a column which community it is in.")
AREA_CLOSED = N_("%(name)s is closed.")


@dataclass(frozen=True)
class NewGrid:
    """A grid that the roster names and that does not exist yet."""

    parent_id: int
    name: str


def grid_key(name: str) -> str:
    """A grid's name for comparison: 第8网格, 8号网格, 第八网格 and 8 are one."""
    text = normalise_text(name).replace(" ", "").casefold()
    found = _NUMBERED.fullmatch(text)
    if found is None:
        return text
    number = found[1]
    return f"#{int(number) if number.isdigit() else _chinese_number(number)}"


def _chinese_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_DIGITS[character]) for character in ones))
    return 10 * (_DIGITS.get(tens, 1) if tens else 1) + _DIGITS.get(ones, 0)


class PlaceFinder:
    """The areas at and below one area, by name and by code."""

    def __init__(self, session: Session, area: Area) -> None:
        self._top = area
        areas = list(session.scalars(select(Area).where(Area.id.in_(subtree(area.id))).order_by(Area.code)))
        self._inside = {place.id for place in areas}
        self._communities: dict[str, Area] = {}
        self._grids: dict[str, list[Area]] = {}
        self._by_code = {place.code: place for place in areas}
        for place in areas:
            if place.level == "grid":
                self._grids.setdefault(grid_key(place.name), []).append(place)
            else:
                self._communities.setdefault(_plain(place.name), place)
        # Where communities exist below, a grid has to be in one of them.
        self._has_communities = any(place.level == "community" for place in areas if place.id != area.id)
        self._answers: dict[tuple[str, str], int | NewGrid | Problem] = {}
        self._new: dict[NewGrid, None] = {}

    def inside(self, area_id: int) -> bool:
        """Whether an area lies at or below the one that the finder is for."""
        return area_id in self._inside

    @property
    def new_grids(self) -> list[NewGrid]:
        """The grids that were asked for and do not exist, by number, so that their codes follow it."""
        return sorted(self._new, key=_by_number)

    def find(self, community: str, grid: str) -> int | NewGrid:
        """The area that a row belongs to; raises Problem with field "community" or "grid"."""
        key = (community, grid)
        answer = self._answers.get(key)
        if answer is None:
            try:
                answer = self._find(community, grid)
            except Problem as problem:
                answer = problem
            self._answers[key] = answer
        if isinstance(answer, Problem):
            raise answer
        if isinstance(answer, NewGrid):
            self._new[answer] = None
        return answer

    def _find(self, community: str, grid: str) -> int | NewGrid:
        parent = self._community(community) if community else None
        if not grid:
            return _open(parent or self._top, "community").id
        coded = self._by_code.get(normalise_text(grid))
        if coded is not None:
            return _open(coded, "grid").id
        name = grid
        if parent is None:
            parent, name = self._with_community(grid)
        if parent is not None and _plain(parent.name) == _plain(name):
            return _open(parent, "grid").id
        found = [
            place
            for place in self._grids.get(grid_key(name), ())
            if parent is None or place.parent_id == parent.id
        ]
        still_open = [place for place in found if place.closed_on is None] or found
        if len(still_open) > 1:
            raise Problem("ambiguous_grid", GRID_AMBIGUOUS, field="grid", name=grid)
        if still_open:
            return _open(still_open[0], "grid").id
        return self._new_grid(parent, name)

    def _community(self, name: str) -> Area:
        found = self._communities.get(_plain(name)) or self._by_code.get(normalise_text(name))
        if found is None:
            # Rosters write 幸福 for 幸福社区 and the other way round; one that fits is the one.
            plain = _plain(name)
            fitting = [
                place for title, place in self._communities.items()
                if plain and (title.startswith(plain) or plain.startswith(title) or title.endswith(plain))
            ]  # fmt: skip
            if len(fitting) == 1:
                return fitting[0]
            raise Problem("unknown_community", UNKNOWN_COMMUNITY, field="community", name=name)
        return found

    def _with_community(self, grid: str) -> tuple[Area | None, str]:
        """Take the community off a name such as 幸福社区第3网格."""
        plain = _plain(grid)
        for title, place in self._communities.items():
            if plain == title:
                return place, grid
            if plain.startswith(title):
                return place, plain.removeprefix(title)
        return None, grid

    def _new_grid(self, parent: Area | None, name: str) -> NewGrid:
        parent = parent or self._top
        # An area without communities (a small locality's root) may have its grids right below it.
        if parent.level == "grid" or (parent.id == self._top.id and self._has_communities):
            raise Problem("unknown_grid", UNKNOWN_GRID, field="grid", name=name)
        _open(parent, "grid")
        wanted = grid_key(name)
        for known in self._new:
            if known.parent_id == parent.id and grid_key(known.name) == wanted:
                return known
        return NewGrid(parent.id, name)


def _by_number(grid: NewGrid) -> tuple[int, int, str]:
    key = grid_key(grid.name)
    return grid.parent_id, int(key[1:]) if key.startswith("#") else 1_000, key


def _plain(name: str) -> str:
    return normalise_text(name).replace(" ", "")


def _open(area: Area, field: str) -> Area:
    if area.closed_on is not None:
        raise Problem("area_closed", AREA_CLOSED, field=field, name=area.name)
    return area
