"""The plugin's part of the demonstration: teams and volunteers, what they served for, and shifts that look for people.

Each community has a team with a project, together they are an alliance. Two of three adults are registered. Service of
a team's own activities counts for it. The next two weeks have shifts to sign up for, one of them with a waiting list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Activity,
    ActivityKind,
    Actor,
    Area,
    DemoDay,
    Entry,
    Person,
    Plan,
    current_site,
    subtree,
)

from . import services as crediting
from .certificates import services as certificates
from .models import VolunteerCredit
from .people import papers
from .people import services as people
from .record import commendations, evaluations
from .record.models import LEADER as LEADER_SIDE
from .signups import belonging, opening, planning
from .signups import services as signups
from .signups.models import VolunteerActivity, VolunteerSlot
from .signups.planning import Terms
from .signups.rules import Shift
from .signups.services import Wish
from .teams import membership, projects
from .teams import services as teams
from .teams.models import LEADER, MEMBER, VolunteerProject, VolunteerTeam

ALLIANCE = "平安志愿联盟"
# Community of the story -> who works there, the team, its project, and whose activities are the team's own.
TEAMS = {
    "old": ("worker-lin", "银龄互助服务队", "XHL-2025-01", "楼道美化行动", "elderly", "楼道杂物清理"),
    "new": ("worker-new-1", "邻里相伴服务队", "YJ-2025-01", "四点半课堂", "youth", "四点半课堂"),
    "river": ("worker-river-1", "河口守护队", "HK-2025-01", "清清河岸", "environment", "河岸清漂"),
}
# Activities to come: days ahead, title, shifts.
AHEAD = (
    ("old", 3, "便民服务日", (Shift("理发", time(9), time(11), 2), Shift("引导", time(9), time(11), 4))),
    ("new", 5, "社区图书角整理", (Shift("整理", time(14), time(16), 3),)),
    ("river", 9, "河岸植绿", (Shift("植树", time(8, 30), time(11, 30), 20),)),
)
KIND = "志愿服务"


def tell(session: Session, told: DemoDay) -> None:
    """What happens at the end of a half month."""
    if session.scalar(select(VolunteerTeam.id).limit(1)) is None:
        _begin(session, told)
    for key in TEAMS:
        if key in told.areas:
            _credit_the_team(session, told, key)
    if told.day >= told.today - timedelta(days=1):
        _look_for_people(session, told)
        _honour(session, told)


def _residents(session: Session, area: Area) -> Sequence[Person]:
    return session.scalars(
        select(Person).where(Person.area_id.in_(subtree(area.id))).order_by(Person.id)
    ).all()


def _begin(session: Session, told: DemoDay) -> None:
    """Teams, their alliance and projects, and two of three people registered."""
    office = told.actors["street-office"]
    alliance = teams.add_alliance(session, told.areas["street"], ALLIANCE, "三个社区的服务队互相支援", office)
    for key, (login, name, code, title, category, _own) in TEAMS.items():
        if key not in told.areas:
            continue
        area, actor = told.areas[key], told.actors[login]
        committee = f"{area.name}居民委员会"
        team = teams.add_team(
            session, area,
            teams.TeamData(
                name, host=committee, issuer_eligible=True, organisation=committee,
                head="社区书记", handler="志愿服务站",
                contact="0000-8800 1234", founded_on=told.first - timedelta(days=400),
            ),
            actor,
        )  # fmt: skip
        teams.ally(session, alliance, team, office)
        project = projects.add_project(
            session, team, projects.ProjectData(code, title, category, told.first.replace(day=1)), actor
        )
        for state in ("approved", "running"):
            projects.set_state(session, team, project, state, office)
        found = [person for person in _residents(session, area) if _adult(person, told.first)]
        bound = {one.person_id for one in told.actors.values()}
        registered = [person for number, person in enumerate(found) if number % 3 or person.id in bound]
        people.register(session, registered, actor)
        own = told.actors["leader"].person_id if "leader" in told.actors else None
        first = next((person for person in registered if person.id == own), registered[0])
        for person in [first, *(person for person in registered[:24] if person.id != first.id)]:
            role = LEADER if person.id == first.id else MEMBER
            membership.add_member(session, team, person, role, told.first - timedelta(days=30), actor)


def _adult(person: Person, day: date) -> bool:
    return person.birth_date is None or person.birth_date <= day.replace(
        year=day.year - 18, day=min(day.day, 28)
    )


def _team_of(session: Session, area: Area) -> VolunteerTeam | None:
    return session.scalar(select(VolunteerTeam).where(VolunteerTeam.area_id == area.id))


def _credit_the_team(session: Session, told: DemoDay, key: str) -> None:
    """What the team itself organised of late counts for it and its project."""
    login, _name, _code, _title, category, own = TEAMS[key]
    area, actor = told.areas[key], told.actors[login]
    team = _team_of(session, area)
    if team is None:
        return
    project = session.scalar(select(VolunteerProject.id).where(VolunteerProject.team_id == team.id))
    asked = select(VolunteerActivity.activity_id)
    query = select(Activity).where(
        Activity.area_id == area.id,
        Activity.title == own,
        Activity.local_date <= told.day,
        Activity.id.not_in(asked),
    )
    held = session.scalars(query).all()
    if held:
        belonging.belong(session, held, team.id, project, category, actor)


def _look_for_people(session: Session, told: DemoDay) -> None:
    """Shifts of the days to come, and who signed up for them."""
    kind = session.scalars(select(ActivityKind.id).where(ActivityKind.title == KIND)).one()
    for key, days, title, shifts in AHEAD:
        if key not in told.areas:
            continue
        login, _name, _code, _title, category, _own = TEAMS[key]
        area, actor = told.areas[key], told.actors[login]
        team = _team_of(session, area)
        day = told.today + timedelta(days=days)
        zone = current_site().timezone
        window = Plan(
            datetime.combine(day, min(shift.start for shift in shifts), zone),
            datetime.combine(day, max(shift.end for shift in shifts), zone),
            place=f"{area.name}党群服务中心",
        )
        terms = Terms(
            team_id=team.id if team else None, category=category, needs_approval=key != "new",
            about="请穿舒适的鞋，现场有饮水。", contact="0000-8800 1234", cancel_hours=12,
        )  # fmt: skip
        (row,) = planning.plan_recruiting(session, area, kind, title, day, window, terms, shifts, actor)
        opening.open_recruiting(session, row, actor)
        for slot in session.scalars(
            select(VolunteerSlot).where(VolunteerSlot.activity_id == row.activity_id)
        ):
            _fill(session, told, area, row, slot, actor)


def _fill(
    session: Session, told: DemoDay, area: Area, row: VolunteerActivity, slot: VolunteerSlot, actor: Actor
) -> None:
    """One more than there are places, so that somebody waits; of many places a few are taken."""
    bound = {one.person_id for one in told.actors.values()}
    free = [
        person for person in _residents(session, area) if person.id not in bound and _adult(person, told.day)
    ]
    start = 40 * (slot.id % 5)
    some = free[start : start + min(slot.capacity + 1, 5)]
    signups.sign_up(session, row, slot, some, actor, Wish(entered=row.needs_approval and slot.id % 2 == 0))


def _honour(session: Session, told: DemoDay) -> None:
    """A commendation, a training, and what was said of the service of the volunteer whose account visitors try."""
    actor = told.actors.get("volunteer")
    if actor is None or actor.person_id is None:
        return
    person, worker = session.get_one(Person, actor.person_id), told.actors["worker-new-1"]
    day = told.today - timedelta(days=20)
    papers.add_training(
        session, person, papers.TrainingData("志愿者急救培训", day, 180, "急救员", None, "20260001"), worker
    )
    draft = commendations.CommendationDraft(
        "社区优秀志愿者", "community", f"{told.areas['new'].name}居民委员会", day
    )
    commendations.commend(session, person, draft, worker)
    crediting.derive(session, [person.id])
    latest = session.scalars(
        select(VolunteerCredit).where(VolunteerCredit.person_id == person.id, VolunteerCredit.minutes > 0)
        .order_by(VolunteerCredit.local_date.desc()).limit(1)
    ).first()  # fmt: skip
    if latest is None:
        return
    said = evaluations.Said(LEADER_SIDE, 5, "准时，做事细心")
    evaluations.evaluate(session, session.get_one(Entry, latest.entry_id), said, worker)
    if latest.local_date.year == told.today.year:
        issuer = certificates.issuer_for(session, person, None)
        certificates.issue(session, person, issuer, told.today.replace(month=1, day=1), told.today, worker)
