"""What the pages of a request share: the form as things stand, and where the person could go."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Area, Person, Problem, current_site

from .. import members, own
from . import queries, services
from .forms import AskForm, kinds_for
from .services import Ask


@dataclass(frozen=True)
class Standing:
    """A person with their membership, and the communities they could go to."""

    person_id: int
    public_id: str
    name: str
    home: str
    member: own.MemberView | None
    areas: tuple[tuple[str, str], ...]
    branches: tuple[str, ...]
    units: tuple[str, ...]

    @property
    def is_member(self) -> bool:
        """Whether the person is a member who has not left."""
        return self.member is not None and self.member.left_on is None


def standing(session: Session, person: Person) -> Standing:
    """How things stand for a person; some eight statements."""
    home = session.get_one(Area, members.home_areas(session, [person.id])[person.id])
    near = queries.communities_near(session, home)
    if home.id not in {area.id for area in near}:
        near = [home, *near]
    return Standing(
        person.id,
        person.public_id,
        person.name,
        home.code,
        own.member_view(session, person.id),
        tuple((area.code, area.name) for area in near),
        tuple(queries.branches_of(session, [home.id])),
        tuple(queries.find_units_like(session, "", area_id=home.id)),
    )


def ask_form(now: Standing) -> AskForm:
    """The form, filled in with what stands."""
    member = now.member
    form = AskForm(
        on=current_site().today(),
        area=now.home,
        home_unit=member.home_unit if member else "",
        branch=member.branch if member else "",
        post=member.post if member else "",
        political_status=member.political_status if member else "member",
    )
    form.offer(kinds_for(member=now.is_member), list(now.areas))
    return form


def submit(session: Session, person: Person, form: AskForm, source: str, actor: Actor) -> str:
    """Ask for what the form says; returns the outside id of the request. For leaving, all else stays as it stands."""
    area = session.scalar(select(Area).where(Area.code == form.area.data))
    wanted = form.asked()
    if wanted.kind == services.LEAVE:
        now = own.member_view(session, person.id)
        area = session.get_one(Area, members.home_areas(session, [person.id])[person.id])
        if now is not None:
            wanted = Ask(
                wanted.kind, wanted.on, now.branch, now.home_unit, now.post, now.political_status, wanted.note
            )
    if area is None:
        raise Problem("unknown_area", N_("This area does not exist."), field="area")
    return services.ask(session, person, area, wanted, source, actor).public_id
