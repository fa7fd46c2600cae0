"""Who belongs to a team: asking to join, being let in, roles, leaving.

Everybody has one open membership of a team at most, over all rows of a merged person. Nobody answers their own request
and nobody makes themselves a leader. Leaving keeps what was.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Person,
    Problem,
    audit,
    canonical_ids,
    clean_text,
    current_site,
    who_acts,
)

from .models import (
    ACCEPTED,
    ACTIVE,
    ASKED,
    DEPUTY,
    LEADER,
    MEMBER,
    REFUSED,
    TAKEN_BACK,
    VolunteerJoining,
    VolunteerMember,
    VolunteerTeam,
)
from .queries import rows_of

ROLES = {LEADER: N_("Leader"), DEPUTY: N_("Deputy leader"), MEMBER: N_("Team member")}
ASKING = {
    ASKED: N_("waits for an answer"),
    ACCEPTED: N_("accepted"),
    REFUSED: N_("refused"),
    TAKEN_BACK: N_("taken back"),
}


def _open_team(session: Session, team: VolunteerTeam) -> None:
    # Locked, so that two who take the same person in at once do not both find nobody.
    session.refresh(team, with_for_update=True)
    if team.state != ACTIVE:
        raise Problem("team_dissolved", N_("This team was dissolved."))


def open_membership(session: Session, team: VolunteerTeam, person_id: int) -> VolunteerMember | None:
    """The membership of a person (any row of theirs) that lasts, or None."""
    return session.scalar(
        select(VolunteerMember)
        .where(
            VolunteerMember.team_id == team.id,
            VolunteerMember.person_id.in_(rows_of(session, person_id)),
            VolunteerMember.left_on.is_(None),
        )
        .limit(1)
    )


def is_own(session: Session, person_id: int, actor: Actor) -> bool:
    """Whether the actor is this person."""
    if actor.unrestricted or actor.person_id is None:
        return False
    return who_acts(session, actor).person == canonical_ids(session, [person_id])[person_id]


def add_member(
    session: Session, team: VolunteerTeam, person: Person, role: str, joined_on: date, actor: Actor
) -> VolunteerMember:
    """Take somebody in; a request of theirs is answered by that.

    Raises Problem team_dissolved, bad_role, day_in_future, person_closed, own_matter or already_member.
    """
    _open_team(session, team)
    if role not in ROLES:
        raise Problem("bad_role", N_("Choose one of the roles offered."), field="role")
    if joined_on > current_site().today():
        raise Problem("day_in_future", N_("Give a day that is not in the future."), field="joined_on")
    if person.closed:
        raise Problem("person_closed", N_("This person's record is closed."))
    if is_own(session, person.id, actor):
        raise Problem("own_matter", N_("Somebody else has to take you into the team."))
    kept = canonical_ids(session, [person.id])[person.id]
    if open_membership(session, team, kept) is not None:
        raise Problem("already_member", N_("%(name)s belongs to this team already."), name=person.name)
    _refuse_overlap(session, team, kept, joined_on)
    now = current_site().now()
    row = VolunteerMember(
        team_id=team.id,
        person_id=kept,
        role=role,
        joined_on=joined_on,
        recorded_at=now,
        recorded_by=actor.label,
    )
    session.add(row)
    for asked in _asked(session, team, kept):
        asked.state, asked.decided_at, asked.decided_by = ACCEPTED, now, actor.label
    session.flush()
    audit.write(
        session, actor, "volunteer.member_added", "volunteer_team", team.public_id, area_id=team.area_id,
        after={"person": person.public_id, "role": role, "from": joined_on.isoformat()},
    )  # fmt: skip
    return row


def _refuse_overlap(session: Session, team: VolunteerTeam, person_id: int, joined_on: date) -> None:
    earlier = select(VolunteerMember.id).where(
        VolunteerMember.team_id == team.id,
        VolunteerMember.person_id.in_(rows_of(session, person_id)),
        VolunteerMember.left_on > joined_on,
    )
    if session.scalar(earlier.limit(1)) is not None:
        raise Problem(
            "memberships_overlap",
            N_("They belonged to the team on that day: give a later one."),
            field="joined_on",
        )


def _asked(session: Session, team: VolunteerTeam, person_id: int) -> list[VolunteerJoining]:
    query = select(VolunteerJoining).where(
        VolunteerJoining.team_id == team.id,
        VolunteerJoining.person_id.in_(rows_of(session, person_id)),
        VolunteerJoining.state == ASKED,
    )
    return list(session.scalars(query))


def change_role(
    session: Session, team: VolunteerTeam, member: VolunteerMember, role: str, actor: Actor
) -> None:
    """Make a member a leader, deputy or plain member; raises Problem team_dissolved, bad_role, has_left, own_matter."""
    _open_team(session, team)
    session.refresh(member, with_for_update=True)
    if role not in ROLES:
        raise Problem("bad_role", N_("Choose one of the roles offered."), field="role")
    _refuse_left(member)
    if is_own(session, member.person_id, actor):
        raise Problem("own_matter", N_("Somebody else has to change your own role."))
    if member.role == role:
        return
    before, member.role = member.role, role
    session.flush()
    audit.write(
        session, actor, "volunteer.member_changed", "volunteer_team", team.public_id, area_id=team.area_id,
        before={"role": before}, after={"member": member.public_id, "role": role},
    )  # fmt: skip


def _refuse_left(member: VolunteerMember) -> None:
    if member.left_on is not None:
        raise Problem("has_left", N_("They have left the team already."))


def leave(
    session: Session, team: VolunteerTeam, member: VolunteerMember, left_on: date, actor: Actor
) -> None:
    """The last day of a member in a team; raises Problem has_left or bad_day."""
    session.refresh(member, with_for_update=True)
    _refuse_left(member)
    if not member.joined_on <= left_on <= current_site().today():
        raise Problem(
            "bad_day", N_("Give a day since the beginning that is not in the future."), field="left_on"
        )
    member.left_on = left_on
    session.flush()
    audit.write(
        session, actor, "volunteer.member_left", "volunteer_team", team.public_id, area_id=team.area_id,
        after={"member": member.public_id, "to": left_on.isoformat()},
    )  # fmt: skip


def ask_to_join(
    session: Session, team: VolunteerTeam, person: Person, words: str, actor: Actor
) -> VolunteerJoining:
    """Ask to be let in; raises Problem team_dissolved, team_not_open, already_member, already_asked, text_too_long."""
    _open_team(session, team)
    words = clean_text(words)
    if len(words) > 200:
        raise Problem("text_too_long", N_("At most %(max)s characters."), field="words", max=200)
    if not team.open_to_join:
        raise Problem("team_not_open", N_("This team takes nobody in by request: ask its leader."))
    if open_membership(session, team, person.id) is not None:
        raise Problem("already_member", N_("%(name)s belongs to this team already."), name=person.name)
    if _asked(session, team, person.id):
        raise Problem("already_asked", N_("This request waits for an answer already."))
    kept = canonical_ids(session, [person.id])[person.id]
    row = VolunteerJoining(
        team_id=team.id, person_id=kept, words=words, state=ASKED, asked_at=current_site().now()
    )
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "volunteer.joining_asked", "volunteer_team", team.public_id, area_id=team.area_id,
        after={"person": person.public_id},
    )  # fmt: skip
    return row


def _still_asked(session: Session, joining: VolunteerJoining) -> None:
    session.refresh(joining, with_for_update=True)
    if joining.state != ASKED:
        raise Problem("already_answered", N_("This request was answered already."))


def accept(session: Session, team: VolunteerTeam, joining: VolunteerJoining, actor: Actor) -> VolunteerMember:
    """Let whoever asked in today; raises Problem already_answered and those of ``add_member``."""
    _still_asked(session, joining)
    person = session.get_one(Person, canonical_ids(session, [joining.person_id])[joining.person_id])
    return add_member(session, team, person, MEMBER, current_site().today(), actor)


def refuse(
    session: Session, team: VolunteerTeam, joining: VolunteerJoining, answer: str, actor: Actor
) -> None:
    """Say no, in a word that whoever asked reads; raises Problem already_answered, answer_needed or own_matter."""
    _still_asked(session, joining)
    answer = clean_text(answer)
    if not answer or len(answer) > 200:
        raise Problem("answer_needed", N_("Say why, in at most 200 characters."), field="answer")
    if is_own(session, joining.person_id, actor):
        raise Problem("own_matter", N_("Somebody else has to answer your own request."))
    joining.state, joining.answer = REFUSED, answer
    joining.decided_at, joining.decided_by = current_site().now(), actor.label
    session.flush()
    audit.write(
        session, actor, "volunteer.joining_refused", "volunteer_team", team.public_id, area_id=team.area_id,
        after={"request": joining.public_id},
    )  # fmt: skip


def take_back(session: Session, team: VolunteerTeam, joining: VolunteerJoining, actor: Actor) -> None:
    """Whoever asked does not want to any more; raises Problem already_answered."""
    _still_asked(session, joining)
    joining.state, joining.decided_at = TAKEN_BACK, current_site().now()
    session.flush()
    audit.write(
        session, actor, "volunteer.joining_taken_back", "volunteer_team", team.public_id,
        area_id=team.area_id, after={"request": joining.public_id},
    )  # fmt: skip
