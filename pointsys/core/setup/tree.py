"""The areas below the root of a new site: from a template, from pasted lines, or from names of grids alone."""

from __future__ import annotations

from collections.abc import Sequence

from pointsys.core.areas.codes import LEVELS, check_code, level_of
from pointsys.core.areas.models import Area
from pointsys.core.areas.plan import FAULTY, PlannedLine, plan_lines
from pointsys.core.areas.services import AreaLine, parse_lines
from pointsys.kit.problems import N_, Problem

# How many digits name an area of a level; and how many areas of it a template makes at most.
_DIGITS = {"subdistrict": 9, "community": 12, "grid": 15}
MOST = {"subdistrict": 30, "community": 60, "grid": 99}
MOST_AREAS = 2_000


def template_levels(root_level: str) -> tuple[str, ...]:
    """The levels that a template can make below a root; none below a province or a city."""
    if LEVELS.index(root_level) < LEVELS.index("county"):
        return ()
    return LEVELS[LEVELS.index(root_level) + 1 :]


def template_lines(
    root_code: str, root_level: str, counts: Sequence[int], names: Sequence[str]
) -> list[AreaLine]:
    """``counts[i]`` areas of each further level in every one of the level above; ``names[i]`` with ``%(n)s`` in it.

    Raises Problem bad_count (field = level) and too_many_areas.
    """
    levels = template_levels(root_level)
    total, wide = 0, 1
    for level, count in zip(levels, counts, strict=True):
        if not 0 <= count <= MOST[level]:
            raise Problem("bad_count", N_("Give a number from 0 to %(most)s."), field=level, most=MOST[level])
        wide *= count
        total += wide
    if total > MOST_AREAS:
        raise Problem(
            "too_many_areas",
            N_("These would be %(n)s areas. A template makes at most %(most)s: paste a list instead."),
            field=levels[0],
            n=total,
            most=MOST_AREAS,
        )
    lines: list[AreaLine] = []
    above = [root_code]
    for level, count, name in zip(levels, counts, names, strict=True):
        made = []
        for parent in above:
            stem = parent[: _DIGITS[level] - 3]
            for number in range(1, count + 1):
                code = f"{stem}{number:03d}".ljust(12, "0")
                made.append(code)
                lines.append(AreaLine(len(lines) + 1, code, name % {"n": number}, parent))
        above = made
    return lines


def pasted_lines(root_code: str, text: str) -> list[AreaLine]:
    """Lines "code name", or names of grids alone where the root is a community; raises Problem no_areas."""
    lines = parse_lines(text)
    if not lines and level_of(root_code) == "community":
        names = [" ".join(raw.split()) for raw in text.splitlines()]
        lines = [
            AreaLine(number, f"{root_code}{number:03d}", name, root_code)
            for number, name in enumerate(filter(None, names), start=1)
        ]
    if not lines:
        raise Problem(
            "no_areas",
            N_("No area was found. Each line begins with a code of 12 or 15 digits, then the name."),
            field="text",
        )
    if len(lines) > MOST_AREAS:
        raise Problem(
            "too_many_lines",
            N_("A list has at most %(most)s areas here. The others can be added once the site is set up."),
            field="text",
            most=MOST_AREAS,
        )
    return lines


def plan_tree(root_code: str, root_name: str, lines: Sequence[AreaLine]) -> list[PlannedLine]:
    """What becomes of each line below a root that is not there yet."""
    root = Area(code=check_code(root_code), name=root_name)
    return plan_lines(lines, {root.code: root}, {root.code})


def refuse_faulty(planned: Sequence[PlannedLine]) -> None:
    """Raise the problem of the first faulty line, naming the line."""
    for item in planned:
        if item.outcome == FAULTY and item.problem is not None:
            raise Problem(
                "faulty_line",
                N_("Line %(number)s (%(text)s) cannot be taken: see the list below."),
                field="text",
                number=item.line.number,
                text=f"{item.line.code} {item.line.name}"[:60],
            )
