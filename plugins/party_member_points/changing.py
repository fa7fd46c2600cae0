"""What staff say of a member: what differs from what stands becomes facts, and nobody says it of themselves."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Person,
    Problem,
    Who,
    audit,
    canonical_ids,
    current_site,
    normalise_text,
    who_acts,
)

from .checkins.posts import POSTS
from .columns import MEMBER, NONE, PROBATIONARY
from .members import (
    LONGEST_NAME,
    STAFF,
    Membership,
    Said,
    find_branches,
    find_units,
    home_areas,
    memberships,
    say,
)
from .models import PointsBranch


@dataclass(frozen=True)
class MemberChange:
    """What staff want to stand: blank names for none, ``political_status`` "none" to end a mistaken membership.

    ``checkin_known`` says that an assumed day turned out to be the true one.
    """

    political_status: str
    checkin_on: date
    checkin_known: bool = False
    left_on: date | None = None
    branch: str = ""
    home_unit: str = ""
    post: str = ""


def refuse_own(session: Session, person_id: int, actor: Actor) -> Who:
    """Who acts; raises Problem own_matter when that is the person themself."""
    who = who_acts(session, actor)
    if who.person is None or actor.unrestricted:
        return who
    if canonical_ids(session, [person_id])[person_id] == who.person:
        raise Problem("own_matter", N_("Somebody else has to decide what concerns yourself."))
    return who


def change_member(
    session: Session, person: Person, change: MemberChange, actor: Actor, *, moved: bool = False
) -> tuple[str, ...]:
    """Record what differs from what stands; returns the kinds of facts that were added.

    ``moved`` says that the person belongs to another area since just now, whose branches are others. Raises Problem
    own_matter, bad_political_status, checkin_in_future, left_before_checkin, bad_post or name_too_long.
    """
    _check(change)
    refuse_own(session, person.id, actor)
    kept = canonical_ids(session, [person.id])[person.id]
    now = memberships(session, [kept]).get(kept)
    home = home_areas(session, [kept])[kept]
    branch, unit = normalise_text(change.branch), normalise_text(change.home_unit)
    wanted = Membership(
        change.political_status,
        change.checkin_on,
        checkin_assumed=_still_assumed(now, change),
        left_on=change.left_on,
        branch_id=_branch_id(session, home, branch, None if moved else now) if branch else None,
        home_unit_id=find_units(session, {unit})[unit] if unit else None,
        post=change.post,
    )
    facts = _differences(kept, now, wanted)
    if facts:
        say(session, facts, STAFF, actor)
        audit.write(
            session, actor, "points.member_changed", "person", person.public_id, area_id=person.area_id,
            before=asdict(now) if now else None, after=asdict(wanted),
        )  # fmt: skip
    return tuple(fact.kind for fact in facts)


def _still_assumed(now: Membership | None, change: MemberChange) -> bool:
    if now is None or change.checkin_known:
        return False
    return now.checkin_assumed and now.checkin_on == change.checkin_on


def _branch_id(session: Session, home: int, name: str, now: Membership | None) -> int:
    """The branch of this name: the present one even when it belongs to another area, else the home area's."""
    if now is not None and now.branch_id is not None:
        present = session.get(PointsBranch, now.branch_id)
        if present is not None and present.name == name:
            return present.id
    return find_branches(session, {(home, name)})[home, name]


def _check(change: MemberChange) -> None:
    if change.political_status not in (MEMBER, PROBATIONARY, NONE):
        raise Problem(
            "bad_political_status", N_("Choose one of the values offered."), field="political_status"
        )
    if change.checkin_on > current_site().today():
        raise Problem("checkin_in_future", N_("The day of check-in lies in the future."), field="checkin_on")
    if change.left_on is not None and change.left_on < change.checkin_on:
        raise Problem(
            "left_before_checkin",
            N_("The last day must not lie before the day of check-in."),
            field="left_on",
        )
    if change.post and change.post not in POSTS:
        raise Problem("bad_post", N_("Choose one of the values offered."), field="post")
    for field in ("branch", "home_unit"):
        if len(getattr(change, field)) > LONGEST_NAME:
            raise Problem("name_too_long", N_("Give a name of at most 100 characters."), field=field)


def _differences(person_id: int, now: Membership | None, wanted: Membership) -> list[Said]:
    if wanted.political_status == NONE:
        return [] if now is None else [Said(person_id, "status", value=NONE)]
    before = now or replace(
        wanted, political_status="", checkin_on=date.min, left_on=None, branch_id=None, home_unit_id=None,
        post="",
    )  # fmt: skip
    facts = []
    if before.political_status != wanted.political_status or before.roster_differs:
        facts.append(Said(person_id, "status", value=wanted.political_status))
    if (before.checkin_on, before.checkin_assumed) != (wanted.checkin_on, wanted.checkin_assumed):
        facts.append(Said(person_id, "checkin", on_date=wanted.checkin_on))
    if before.left_on != wanted.left_on:
        facts.append(Said(person_id, "left", on_date=wanted.left_on))
    for kind in ("branch", "home_unit"):
        ref = getattr(wanted, f"{kind}_id")
        if getattr(before, f"{kind}_id") != ref:
            facts.append(Said(person_id, kind, ref_id=ref))
    if before.post != wanted.post:
        facts.append(Said(person_id, "post", value=wanted.post))
    return facts
