"""What importing a list of areas would do, line by line, without writing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.areas.codes import check_code, official_parent
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.areas.services import AreaLine
from pointsys.core.people.groups import chunks
from pointsys.kit.problems import N_, Problem

CREATED, RENAMED, UNCHANGED, FAULTY = "created", "renamed", "unchanged", "faulty"


@dataclass(frozen=True)
class PlannedLine:
    """One line and what becomes of it; ``problem`` says why a faulty one cannot be taken."""

    line: AreaLine
    outcome: str
    old_name: str = ""
    problem: Problem | None = None


def plan_areas(session: Session, root: Area, lines: Sequence[AreaLine]) -> list[PlannedLine]:
    """The outcome of every line, in their order; a list without faults is taken by ``import_areas`` as planned."""
    good = {code for line in lines if isinstance(code := _code_or_problem(line), str)}
    known: dict[str, Area] = {}
    for part in chunks(good):
        known.update({area.code: area for area in session.scalars(select(Area).where(Area.code.in_(part)))})
    inside = set(
        session.scalars(
            select(Area.code)
            .join(AreaClosure, AreaClosure.descendant_id == Area.id)
            .where(AreaClosure.ancestor_id == root.id)
        )
    )
    return plan_lines(lines, known, inside)


def plan_lines(lines: Sequence[AreaLine], known: dict[str, Area], inside: set[str]) -> list[PlannedLine]:
    """The same where the areas with these codes are ``known`` and those that may be above have the codes ``inside``."""
    codes = {line.code: _code_or_problem(line) for line in lines}
    good = {code for code in codes.values() if isinstance(code, str)}
    seen: set[str] = set()
    planned = []
    for line in lines:
        code = codes[line.code]
        if isinstance(code, Problem):
            planned.append(PlannedLine(line, FAULTY, problem=code))
            continue
        planned.append(_planned(line, code, known, inside, inside | good, code in seen))
        seen.add(code)
    return planned


def _code_or_problem(line: AreaLine) -> str | Problem:
    try:
        return check_code(line.code)
    except Problem as problem:
        return problem


def _planned(
    line: AreaLine, code: str, known: dict[str, Area], inside: set[str], parents: set[str], repeated: bool
) -> PlannedLine:
    if repeated:
        problem = Problem("repeated_code", N_("The code %(code)s stands in the list twice."), code=code)
        return PlannedLine(line, FAULTY, problem=problem)
    name = " ".join(line.name.split())
    if not name or len(name) > 100:
        problem = Problem("bad_area_name", N_("Give the area a name of at most 100 characters."))
        return PlannedLine(line, FAULTY, problem=problem)
    if code in known and code not in inside:
        problem = Problem("area_exists", N_("The code %(code)s is in use elsewhere."), code=code)
        return PlannedLine(line, FAULTY, problem=problem)
    if code in known:
        same = known[code].name == name
        return PlannedLine(line, UNCHANGED if same else RENAMED, old_name=known[code].name)
    if not _has_parent(line, code, parents):
        problem = Problem("unknown_parent", N_("No area above %(code)s is known here."), code=code)
        return PlannedLine(line, FAULTY, problem=problem)
    return PlannedLine(line, CREATED)


def _has_parent(line: AreaLine, code: str, parents: set[str]) -> bool:
    if line.parent:
        return line.parent in parents
    above = official_parent(code)
    while above is not None:
        if above in parents:
            return True
        above = official_parent(above)
    return False
