"""What teams hold of a person: for the copy that they take away, and what goes when they are erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .models import VolunteerJoining, VolunteerMember, VolunteerTeam


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
    """Words of and about the person go; in which teams somebody was stays, without a name."""
    session.execute(
        update(VolunteerJoining)
        .where(VolunteerJoining.person_id.in_(rows))
        .values(words="", answer="")
        .execution_options(synchronize_session=False)
    )
