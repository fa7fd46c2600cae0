"""What teams hold of a person: for the copy that they take away, and what goes when they are erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import current_site

from .models import ASKED, TAKEN_BACK, VolunteerJoining, VolunteerMember, VolunteerTeam


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Memberships and requests of a person, by all row ids."""
    member, joining, team = VolunteerMember, VolunteerJoining, VolunteerTeam
    memberships = session.execute(
        select(team.name, member.role, member.joined_on, member.left_on)
        .join(team, team.id == member.team_id)
        .where(member.person_id.in_(rows))
        .order_by(member.id)
    )
    requests = session.execute(
        select(team.name, joining.asked_at, joining.words, joining.state, joining.answer)
        .join(team, team.id == joining.team_id)
        .where(joining.person_id.in_(rows))
        .order_by(joining.id)
    )
    return {
        "teams": [
            {
                "team": row[0],
                "role": row[1],
                "from": row[2].isoformat(),
                "to": row[3].isoformat() if row[3] else None,
            }
            for row in memberships
        ],
        "requests": [
            {"team": row[0], "at": row[1].isoformat(), "words": row[2], "state": row[3], "answer": row[4]}
            for row in requests
        ],
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Words of and about the person go; in which teams somebody was stays, without a name, and ends today.

    Nobody who is not known leads a team, counts as its member or waits to be let in.
    """
    member, joining, quietly = VolunteerMember, VolunteerJoining, {"synchronize_session": False}
    site = current_site()
    session.execute(
        update(member)
        .where(member.person_id.in_(rows), member.left_on.is_(None))
        .values(left_on=site.today())
        .execution_options(**quietly)
    )
    session.execute(
        update(joining)
        .where(joining.person_id.in_(rows), joining.state == ASKED)
        .values(state=TAKEN_BACK, decided_at=site.now())
        .execution_options(**quietly)
    )
    session.execute(
        update(joining)
        .where(joining.person_id.in_(rows))
        .values(words="", answer="")
        .execution_options(**quietly)
    )
