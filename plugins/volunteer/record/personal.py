"""What the record holds of one person: the copy that they take away, and the words that go when they are erased."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import Entry

from .models import (
    VolunteerAward,
    VolunteerEvaluation,
    VolunteerEvidence,
    VolunteerStarAward,
    VolunteerStarEvent,
)


def export(session: Session, person: int, rows: Sequence[int]) -> dict[str, object]:
    """Stars, commendations, evaluations of and by a person (all row ids), and what they showed in disputes."""
    star, award, said, shown = VolunteerStarAward, VolunteerAward, VolunteerEvaluation, VolunteerEvidence
    stars = session.scalars(select(star).where(star.person_id.in_(rows)).order_by(star.id))
    awards = session.scalars(select(award).where(award.person_id.in_(rows)).order_by(award.id))
    evaluations = session.execute(
        select(said, Entry.title, Entry.local_date)
        .join(Entry, Entry.id == said.entry_id)
        .where(said.person_id.in_(rows) | said.rater_person_id.in_(rows))
        .order_by(said.id)
    )
    evidence = session.scalars(select(shown).where(shown.person_id.in_(rows)).order_by(shown.id))
    return {
        "stars": [
            {
                "profile": one.profile, "star": one.title, "period": one.period, "state": one.state,
                "reached_on": one.reached_on.isoformat(),
            }
            for one in stars
        ],
        "commendations": [
            {
                "title": one.title, "level": one.level, "given_by": one.awarded_by, "state": one.state,
                "on": one.awarded_on.isoformat(), "document": one.document_no, "note": one.note,
            }
            for one in awards
        ],
        "evaluations": [
            {
                "activity": title, "on": day.isoformat(), "side": one.side, "score": one.score, "words": one.words,
                "own": one.rater_person_id in rows,
            }
            for one, title, day in evaluations
        ],
        "shown": [{"at": one.at.isoformat(), "words": one.words} for one in evidence],
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """What was written of and by a person goes; stars, days and scores stay."""
    said, award, star = VolunteerEvaluation, VolunteerAward, VolunteerStarAward
    session.execute(
        update(said)
        .where(said.person_id.in_(rows) | said.rater_person_id.in_(rows))
        .values(words="", rater_name="")
    )
    session.execute(
        update(award)
        .where(award.person_id.in_(rows))
        .values(title="", awarded_by="", document_no="", note="", void_reason="")
    )
    session.execute(update(VolunteerEvidence).where(VolunteerEvidence.person_id.in_(rows)).values(words=""))
    events = select(star.id).where(star.person_id.in_(rows))
    session.execute(
        update(VolunteerStarEvent).where(VolunteerStarEvent.award_id.in_(events)).values(reason="")
    )
