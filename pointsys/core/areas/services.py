"""Looking areas up and changing the tree; every function works in the caller's transaction and commits nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.codes import check_code, level_of, official_parent
from pointsys.core.areas.models import Area, AreaClosure, AreaOldCode
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem


@dataclass(frozen=True)
class AreaLine:
    """One line of an area list to import: ``parent`` is a code, or None to tell it by the code itself."""

    number: int
    code: str
    name: str
    parent: str | None = None


def find_area(session: Session, code: str) -> Area | None:
    """The area with this code, closed or not; None when there is none."""
    return session.scalar(select(Area).where(Area.code == code))


def renamed_code(session: Session, code: str) -> str | None:
    """The present code of the area that once had ``code``."""
    return session.scalar(
        select(Area.code).join(AreaOldCode, AreaOldCode.area_id == Area.id).where(AreaOldCode.code == code)
    )


def path_to_code(session: Session, code: str) -> list[Area]:
    """The areas from the root down to the one with this code, itself last; empty when there is none."""
    named = aliased(Area)
    return list(
        session.scalars(
            select(Area)
            .join(AreaClosure, AreaClosure.ancestor_id == Area.id)
            .join(named, named.id == AreaClosure.descendant_id)
            .where(named.code == code)
            .order_by(AreaClosure.depth.desc())
        )
    )


def path_of(session: Session, area: Area) -> list[Area]:
    """The areas from the root down to ``area``, itself last."""
    return list(
        session.scalars(
            select(Area)
            .join(AreaClosure, AreaClosure.ancestor_id == Area.id)
            .where(AreaClosure.descendant_id == area.id)
            .order_by(AreaClosure.depth.desc())
        )
    )


def children_of(session: Session, area_id: int, *, closed: bool = False) -> list[Area]:
    """The areas right below, by code; closed ones only when asked for."""
    query = select(Area).where(Area.parent_id == area_id).order_by(Area.code)
    return list(session.scalars(query if closed else query.where(Area.closed_on.is_(None))))


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise Problem("bad_area_name", N_("Give the area a name of at most 100 characters."), field="name")
    return name


def create_area(session: Session, code: str, name: str, parent: Area | None, actor: Actor) -> Area:
    """Add an area below ``parent`` (None only for the root); raises Problem."""
    code, name = check_code(code), _check_name(name)
    if find_area(session, code) is not None:
        raise Problem(
            "area_exists", N_("An area with the code %(code)s exists already."), field="code", code=code
        )
    if parent is None and session.scalar(select(func.count()).select_from(Area)):
        raise Problem("root_exists", N_("This site already has its root area."), field="code")
    if parent is not None and parent.closed_on is not None:
        raise Problem("area_closed", N_("%(name)s is closed."), field="parent", name=parent.name)
    area = Area(code=code, name=name, level=level_of(code), parent_id=parent.id if parent else None)
    session.add(area)
    session.flush()
    session.execute(insert(AreaClosure).values(ancestor_id=area.id, descendant_id=area.id, depth=0))
    if parent is not None:
        above = select(AreaClosure.ancestor_id, literal(area.id), AreaClosure.depth + 1).where(
            AreaClosure.descendant_id == parent.id
        )
        session.execute(insert(AreaClosure).from_select(["ancestor_id", "descendant_id", "depth"], above))
    audit.write(
        session, actor, "area.created", "area", code, area_id=area.id, after={"code": code, "name": name}
    )
    return area


def next_grid_code(session: Session, community: Area) -> str:
    """A free grid code below ``community``."""
    prefix = community.code[:12]
    last = session.scalar(
        select(func.max(Area.code)).where(
            Area.code > prefix, Area.code <= prefix + "999", func.length(Area.code) == 15
        )
    )
    number = int(last[12:]) + 1 if last else 1
    if number > 999:
        raise Problem("too_many_grids", N_("%(name)s already has 999 grids."), name=community.name)
    return f"{prefix}{number:03d}"


def rename_area(session: Session, area: Area, name: str, actor: Actor, *, code: str | None = None) -> None:
    """Change the name, and the code too if given; the old code keeps working as a redirect."""
    before = {"code": area.code, "name": area.name}
    area.name = _check_name(name)
    if code is not None and check_code(code) != area.code:
        code = check_code(code)
        if find_area(session, code) is not None:
            raise Problem(
                "area_exists", N_("An area with the code %(code)s exists already."), field="code", code=code
            )
        session.merge(AreaOldCode(code=area.code, area_id=area.id))
        area.code = code
    after = {"code": area.code, "name": area.name}
    audit.write(
        session, actor, "area.renamed", "area", area.code, area_id=area.id, before=before, after=after
    )


def close_area(session: Session, area: Area, actor: Actor) -> None:
    """Close an area whose areas below are all closed; what was recorded in it stays."""
    if area.parent_id is None:
        raise Problem("root_stays", N_("The root area cannot be closed."), field="code")
    if children_of(session, area.id):
        raise Problem(
            "area_has_children", N_("Close the areas below %(name)s first."), field="code", name=area.name
        )
    area.closed_on = current_site().today()
    audit.write(
        session, actor, "area.closed", "area", area.code, area_id=area.id,
        before={"closed_on": None}, after={"closed_on": area.closed_on},
    )  # fmt: skip


def reopen_area(session: Session, area: Area, actor: Actor) -> None:
    """Open a closed area again."""
    before = {"closed_on": area.closed_on}
    area.closed_on = None
    audit.write(
        session, actor, "area.reopened", "area", area.code, area_id=area.id,
        before=before, after={"closed_on": None},
    )  # fmt: skip


def parse_lines(text: str) -> list[AreaLine]:
    """Lines "code name [parent code]", separated by tab, comma or blanks; blank and header lines are passed over."""
    lines = []
    for number, raw in enumerate(text.splitlines(), start=1):
        cells = [cell for cell in re.split(r"[\t,，]|\s{1,}", raw.strip().strip("\ufeff")) if cell]
        if len(cells) < 2 or not any(ch.isdigit() for ch in cells[0]):
            continue
        lines.append(AreaLine(number, cells[0], cells[1], cells[2] if len(cells) > 2 else None))
    return lines


def import_areas(session: Session, root: Area, lines: list[AreaLine], actor: Actor) -> tuple[int, int, int]:
    """Add or rename the listed areas below ``root``, all or nothing.

    Returns (created, renamed, unchanged); raises Problem naming the line. Parents may follow their children.
    """
    created = renamed = unchanged = 0
    inside = set(session.scalars(select(AreaClosure.descendant_id).where(AreaClosure.ancestor_id == root.id)))
    for line in sorted(lines, key=lambda item: (len(item.code), item.code.rstrip("0"), item.number)):
        try:
            code = check_code(line.code)
            known = find_area(session, code)
            if known is not None and known.id not in inside:
                raise Problem(
                    "area_exists", N_("The code %(code)s is in use elsewhere."), field="code", code=code
                )
            if known is not None:
                if known.name == _check_name(line.name):
                    unchanged += 1
                else:
                    rename_area(session, known, line.name, actor)
                    renamed += 1
                continue
            parent = _parent_for(session, line, code, inside)
            inside.add(create_area(session, code, line.name, parent, actor).id)
            created += 1
        except Problem as problem:
            raise Problem(
                problem.code, problem.message, field=f"line {line.number}", **problem.params
            ) from None
    return created, renamed, unchanged


def _parent_for(session: Session, line: AreaLine, code: str, inside: set[int]) -> Area:
    wanted: str | None = check_code(line.parent) if line.parent else official_parent(code)
    while wanted is not None:
        parent = find_area(session, wanted)
        if parent is not None and parent.id in inside:
            return parent
        # A list may leave a level out (a county that governs communities itself): the next one up takes its place.
        wanted = None if line.parent else official_parent(wanted)
    raise Problem("unknown_parent", N_("No area above %(code)s is known here."), field="code", code=code)
