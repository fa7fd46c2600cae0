"""Teams: founding, changing and dissolving them, and the alliances that they form.

Whoever founds is not in the team by that; see ``membership``. A dissolved team keeps its name, its members' days and
everything that was done; its successor certifies for it.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Area, Problem, audit, clean_text, current_site

from .models import (
    ACTIVE,
    ASKED,
    CLOSED,
    DISSOLVED,
    REFUSED,
    VolunteerAlliance,
    VolunteerAllianceTeam,
    VolunteerJoining,
    VolunteerMember,
    VolunteerProject,
    VolunteerTeam,
)

STATES = {ACTIVE: N_("active"), DISSOLVED: N_("dissolved")}
# An office of the government issues no certificates of service; its committees and organisations do.
_OFFICE = re.compile(r"(街道|地区)(办事处|办|党工委)$|人民政府$")


@dataclass(frozen=True)
class TeamData:
    """What is said of a team; ``parent`` is the id of the team above, texts as they are shown."""

    name: str
    host: str = ""
    about: str = ""
    parent: int | None = None
    open_to_join: bool = True
    issuer_eligible: bool = False
    organisation: str = ""
    head: str = ""
    handler: str = ""
    contact: str = ""
    founded_on: date | None = None


_LENGTHS = {
    "name": 60,
    "host": 100,
    "about": 500,
    "organisation": 100,
    "head": 50,
    "handler": 50,
    "contact": 100,
}


def is_office(organisation: str) -> bool:
    """Whether a name is that of a sub-district office or a government, which issue no certificates."""
    return _OFFICE.search(clean_text(organisation)) is not None


def _checked(session: Session, data: TeamData, area_id: int, team: VolunteerTeam | None) -> TeamData:
    texts = {key: clean_text(getattr(data, key)) for key in _LENGTHS}
    if not texts["name"]:
        raise Problem("team_name_needed", N_("Name the team."), field="name")
    for key, longest in _LENGTHS.items():
        if len(texts[key]) > longest:
            raise Problem("text_too_long", N_("At most %(max)s characters."), field=key, max=longest)
    if data.issuer_eligible:
        if not texts["organisation"]:
            raise Problem(
                "organisation_needed",
                N_("Name the organisation that issues certificates."),
                field="organisation",
            )
        if is_office(texts["organisation"]):
            raise Problem(
                "office_cannot_issue",
                N_("A sub-district office issues no certificates: name a committee or an organisation."),
                field="organisation",
            )
    if data.founded_on is not None and data.founded_on > current_site().today():
        raise Problem("day_in_future", N_("Give a day that is not in the future."), field="founded_on")
    same = select(VolunteerTeam.id).where(
        VolunteerTeam.area_id == area_id,
        VolunteerTeam.host == texts["host"],
        VolunteerTeam.name == texts["name"],
        VolunteerTeam.id != (team.id if team is not None else 0),
    )
    if session.scalar(same) is not None:
        raise Problem("team_exists", N_("There is a team of this name here already."), field="name")
    if data.parent is not None:
        _check_parent(session, data.parent, team)
    return TeamData(
        **texts, parent=data.parent, open_to_join=data.open_to_join, issuer_eligible=data.issuer_eligible,
        founded_on=data.founded_on,
    )  # fmt: skip


def _above(session: Session, team_id: int) -> list[int]:
    """The team and all teams above it, from below."""
    up: list[int] = []
    at: int | None = team_id
    while at is not None and at not in up:
        up.append(at)
        at = session.scalar(select(VolunteerTeam.parent_id).where(VolunteerTeam.id == at))
    return up


def _check_parent(session: Session, parent: int, team: VolunteerTeam | None) -> None:
    chain = _above(session, parent)
    # Locked in one order and read again: two who put two teams below each other at once do not both succeed.
    wanted = sorted({*chain, *([team.id] if team is not None else [])})
    rows = session.scalars(
        select(VolunteerTeam)
        .where(VolunteerTeam.id.in_(wanted))
        .order_by(VolunteerTeam.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    above = next((row for row in rows if row.id == parent), None)
    if above is None or above.state != ACTIVE:
        raise Problem("unknown_team", N_("Choose a team that is not dissolved."), field="parent")
    if team is not None and team.id in _above(session, parent):
        raise Problem("team_below_itself", N_("A team cannot stand below itself."), field="parent")


def add_team(session: Session, area: Area, data: TeamData, actor: Actor) -> VolunteerTeam:
    """Found a team in ``area``.

    Raises Problem team_name_needed, text_too_long, organisation_needed, office_cannot_issue, day_in_future,
    team_exists, unknown_team or area_closed.
    """
    if area.closed_on is not None:
        raise Problem("area_closed", N_("This area is closed."))
    checked = asdict(_checked(session, data, area.id, None))
    parent = checked.pop("parent")
    team = VolunteerTeam(
        area_id=area.id, parent_id=parent, created_at=current_site().now(), created_by=actor.label, **checked
    )
    session.add(team)
    session.flush()
    audit.write(
        session, actor, "volunteer.team_added", "volunteer_team", team.public_id, area_id=area.id,
        after={"name": team.name, "host": team.host},
    )  # fmt: skip
    return team


def data_of(team: VolunteerTeam) -> TeamData:
    """A team as its form shows it."""
    return TeamData(
        team.name, team.host, team.about, team.parent_id, team.open_to_join, team.issuer_eligible,
        team.organisation, team.head, team.handler, team.contact, team.founded_on,
    )  # fmt: skip


def change_team(session: Session, team: VolunteerTeam, data: TeamData, actor: Actor) -> None:
    """Say something else of a team; raises the Problems of ``add_team``, team_below_itself and team_dissolved."""
    session.refresh(team, with_for_update=True)
    _refuse_dissolved(team)
    before = data_of(team)
    checked = _checked(session, data, team.area_id, team)
    for key, value in asdict(checked).items():
        setattr(team, "parent_id" if key == "parent" else key, value)
    session.flush()
    changed = [key for key, value in asdict(checked).items() if value != getattr(before, key)]
    if changed:
        audit.write(
            session, actor, "volunteer.team_changed", "volunteer_team", team.public_id, area_id=team.area_id,
            before={key: str(getattr(before, key) or "") for key in changed},
            after={key: str(getattr(checked, key) or "") for key in changed},
        )  # fmt: skip


def _refuse_dissolved(team: VolunteerTeam) -> None:
    if team.state != ACTIVE:
        raise Problem("team_dissolved", N_("This team was dissolved."))


def dissolve(session: Session, team: VolunteerTeam, successor: VolunteerTeam | None, actor: Actor) -> None:
    """End a team today: memberships, projects and requests end with it, and ``successor`` certifies for it.

    Raises Problem team_dissolved, team_has_teams or bad_successor.
    """
    session.refresh(team, with_for_update=True)
    _refuse_dissolved(team)
    active_below = select(VolunteerTeam.id).where(
        VolunteerTeam.parent_id == team.id, VolunteerTeam.state == ACTIVE
    )
    if session.scalar(active_below.limit(1)) is not None:
        raise Problem(
            "team_has_teams", N_("Teams stand below this one: dissolve them or put them elsewhere first.")
        )
    if successor is not None:
        session.refresh(successor, with_for_update=True)
        if successor.id == team.id or successor.state != ACTIVE:
            raise Problem(
                "bad_successor", N_("Choose another team that is not dissolved."), field="successor"
            )
    today, now = current_site().today(), current_site().now()
    team.state, team.dissolved_on = DISSOLVED, today
    team.successor_id = successor.id if successor is not None else None
    end = {"synchronize_session": False}
    session.execute(
        update(VolunteerMember)
        .where(VolunteerMember.team_id == team.id, VolunteerMember.left_on.is_(None))
        .values(left_on=today)
        .execution_options(**end)
    )
    session.execute(
        update(VolunteerProject)
        .where(VolunteerProject.team_id == team.id, VolunteerProject.state != CLOSED)
        .values(state=CLOSED, to_on=today)
        .execution_options(**end)
    )
    session.execute(
        update(VolunteerJoining)
        .where(VolunteerJoining.team_id == team.id, VolunteerJoining.state == ASKED)
        .values(state=REFUSED, decided_at=now, decided_by=actor.label)
        .execution_options(**end)
    )
    session.execute(
        update(VolunteerAllianceTeam)
        .where(VolunteerAllianceTeam.team_id == team.id, VolunteerAllianceTeam.to_on.is_(None))
        .values(to_on=today)
        .execution_options(**end)
    )
    session.flush()
    audit.write(
        session, actor, "volunteer.team_dissolved", "volunteer_team", team.public_id, area_id=team.area_id,
        after={"successor": successor.public_id if successor is not None else ""},
    )  # fmt: skip


def standing_team(session: Session, team: VolunteerTeam) -> VolunteerTeam | None:
    """The team itself, or the one that follows it after all dissolutions; None where nobody does."""
    seen: set[int] = set()
    at: VolunteerTeam | None = team
    while at is not None and at.state != ACTIVE:
        if at.id in seen or at.successor_id is None:
            return None
        seen.add(at.id)
        at = session.get(VolunteerTeam, at.successor_id)
    return at


def add_alliance(session: Session, area: Area, name: str, about: str, actor: Actor) -> VolunteerAlliance:
    """An alliance of ``area``; raises Problem team_name_needed, text_too_long or team_exists."""
    name, about = clean_text(name), clean_text(about)
    if not name or len(name) > 60:
        raise Problem("alliance_name_needed", N_("Name the alliance in at most 60 characters."), field="name")
    if len(about) > 500:
        raise Problem("text_too_long", N_("At most %(max)s characters."), field="about", max=500)
    same = select(VolunteerAlliance.id).where(
        VolunteerAlliance.area_id == area.id, VolunteerAlliance.name == name
    )
    if session.scalar(same) is not None:
        raise Problem("alliance_exists", N_("There is an alliance of this name here already."), field="name")
    alliance = VolunteerAlliance(
        area_id=area.id, name=name, about=about, created_at=current_site().now(), created_by=actor.label
    )
    session.add(alliance)
    session.flush()
    audit.write(
        session, actor, "volunteer.alliance_added", "volunteer_alliance", alliance.public_id,
        area_id=area.id, after={"name": name},
    )  # fmt: skip
    return alliance


def close_alliance(session: Session, alliance: VolunteerAlliance, actor: Actor) -> None:
    """End an alliance today, its teams leave it; raises Problem alliance_closed."""
    session.refresh(alliance, with_for_update=True)
    if alliance.closed_on is not None:
        raise Problem("alliance_closed", N_("This alliance has ended."))
    alliance.closed_on = current_site().today()
    session.execute(
        update(VolunteerAllianceTeam)
        .where(VolunteerAllianceTeam.alliance_id == alliance.id, VolunteerAllianceTeam.to_on.is_(None))
        .values(to_on=alliance.closed_on)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    audit.write(
        session, actor, "volunteer.alliance_closed", "volunteer_alliance", alliance.public_id,
        area_id=alliance.area_id,
    )  # fmt: skip


def _in_alliance(session: Session, alliance: VolunteerAlliance, team_id: int) -> VolunteerAllianceTeam | None:
    return session.scalar(
        select(VolunteerAllianceTeam).where(
            VolunteerAllianceTeam.alliance_id == alliance.id,
            VolunteerAllianceTeam.team_id == team_id,
            VolunteerAllianceTeam.to_on.is_(None),
        )
    )


def ally(session: Session, alliance: VolunteerAlliance, team: VolunteerTeam, actor: Actor) -> None:
    """Take a team into an alliance; raises Problem alliance_closed, team_dissolved or already_allied."""
    session.refresh(alliance, with_for_update=True)
    if alliance.closed_on is not None:
        raise Problem("alliance_closed", N_("This alliance has ended."))
    _refuse_dissolved(team)
    if _in_alliance(session, alliance, team.id) is not None:
        raise Problem("already_allied", N_("This team is in the alliance already."), field="team")
    session.add(
        VolunteerAllianceTeam(alliance_id=alliance.id, team_id=team.id, from_on=current_site().today())
    )
    session.flush()
    audit.write(
        session, actor, "volunteer.alliance_joined", "volunteer_alliance", alliance.public_id,
        area_id=alliance.area_id, after={"team": team.public_id},
    )  # fmt: skip


def part_ways(session: Session, alliance: VolunteerAlliance, team: VolunteerTeam, actor: Actor) -> None:
    """Let a team leave an alliance today; raises Problem not_allied."""
    row = _in_alliance(session, alliance, team.id)
    if row is None:
        raise Problem("not_allied", N_("This team is not in the alliance."))
    row.to_on = current_site().today()
    session.flush()
    audit.write(
        session, actor, "volunteer.alliance_left", "volunteer_alliance", alliance.public_id,
        area_id=alliance.area_id, before={"team": team.public_id},
    )  # fmt: skip
