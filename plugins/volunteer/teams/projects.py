"""Projects of teams: drafted by the team or by staff, approved by staff, running, closed."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Problem, audit, clean_text, current_site

from ..words import CATEGORIES
from .models import ACTIVE, APPROVED, CLOSED, DRAFT, RUNNING, VolunteerProject, VolunteerTeam

STATES = {
    DRAFT: N_("draft"),
    APPROVED: N_("approved"),
    RUNNING: N_("running"),
    CLOSED: N_("closed"),
}
# Which state may follow which.
NEXT = {DRAFT: (APPROVED, CLOSED), APPROVED: (RUNNING, CLOSED), RUNNING: (CLOSED,), CLOSED: ()}
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,29}", re.ASCII)


@dataclass(frozen=True)
class ProjectData:
    """What is said of a project; ``category`` is a key of ``words.CATEGORIES``, both days included."""

    code: str
    title: str
    category: str
    from_on: date
    to_on: date | None = None
    about: str = ""


def _checked(session: Session, data: ProjectData, project: VolunteerProject | None) -> ProjectData:
    code = clean_text(data.code).upper()
    if not _CODE.fullmatch(code):
        raise Problem(
            "bad_project_code",
            N_("Give a code of 2 to 30 capital letters, digits and hyphens, such as LS-2026-01."),
            field="code",
        )
    title, about = clean_text(data.title), clean_text(data.about)
    if not title or len(title) > 100:
        raise Problem("title_needed", N_("Give a title of at most 100 characters."), field="title")
    if len(about) > 500:
        raise Problem("text_too_long", N_("At most %(max)s characters."), field="about", max=500)
    if data.category not in CATEGORIES:
        raise Problem("bad_category", N_("Choose one of the categories offered."), field="category")
    if data.to_on is not None and data.to_on < data.from_on:
        raise Problem("bad_period", N_("The last day cannot be before the first."), field="to_on")
    same = select(VolunteerProject.id).where(
        VolunteerProject.code == code, VolunteerProject.id != (project.id if project is not None else 0)
    )
    if session.scalar(same) is not None:
        raise Problem("project_exists", N_("This code was used already: choose another one."), field="code")
    return ProjectData(code, title, data.category, data.from_on, data.to_on, about)


def add_project(session: Session, team: VolunteerTeam, data: ProjectData, actor: Actor) -> VolunteerProject:
    """Draft a project of a team.

    Raises Problem team_dissolved, bad_project_code, title_needed, text_too_long, bad_category, bad_period or
    project_exists.
    """
    if team.state != ACTIVE:
        raise Problem("team_dissolved", N_("This team was dissolved."))
    checked = _checked(session, data, None)
    project = VolunteerProject(
        team_id=team.id, created_at=current_site().now(), created_by=actor.label, **asdict(checked)
    )
    session.add(project)
    session.flush()
    audit.write(
        session, actor, "volunteer.project_added", "volunteer_project", project.public_id,
        area_id=team.area_id, after={"code": project.code, "title": project.title},
    )  # fmt: skip
    return project


def change_project(
    session: Session, team: VolunteerTeam, project: VolunteerProject, data: ProjectData, actor: Actor
) -> None:
    """Say something else of a project that is not closed; the code stays once it is approved.

    Raises the Problems of ``add_project``, project_closed and code_is_fixed.
    """
    session.refresh(project, with_for_update=True)
    if project.state == CLOSED:
        raise Problem("project_closed", N_("This project is closed."))
    checked = _checked(session, data, project)
    if checked.code != project.code and project.state != DRAFT:
        raise Problem("code_is_fixed", N_("The code of an approved project stays."), field="code")
    before = {key: str(getattr(project, key) or "") for key in asdict(checked)}
    for key, value in asdict(checked).items():
        setattr(project, key, value)
    session.flush()
    after = {key: str(value or "") for key, value in asdict(checked).items()}
    changed = [key for key in after if after[key] != before[key]]
    if changed:
        audit.write(
            session, actor, "volunteer.project_changed", "volunteer_project", project.public_id,
            area_id=team.area_id, before={key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )  # fmt: skip


def set_state(
    session: Session, team: VolunteerTeam, project: VolunteerProject, state: str, actor: Actor
) -> None:
    """Approve, start or close a project; raises Problem bad_step where ``NEXT`` does not lead there."""
    session.refresh(project, with_for_update=True)
    if state not in NEXT.get(project.state, ()):
        raise Problem("bad_step", N_("This project has moved on: look at it again."))
    before, project.state = project.state, state
    if state == CLOSED:
        project.to_on = min(project.to_on or current_site().today(), current_site().today())
        project.to_on = max(project.to_on, project.from_on)
    session.flush()
    audit.write(
        session, actor, "volunteer.project_moved", "volunteer_project", project.public_id,
        area_id=team.area_id, before={"state": before}, after={"state": state},
    )  # fmt: skip
