"""Evaluations (评价) of a session, 1 to 5, in both directions: each side speaks once, and its last word counts.

Leaders and recipients speak of the volunteer, the volunteer of the activity. Nobody evaluates their own service; what a
recipient without an account says is written down by staff, who keep only the first character of the name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import (
    CONFIRMED,
    N_,
    ActivityKind,
    Actor,
    Entry,
    Objection,
    Person,
    PersonAlias,
    Problem,
    audit,
    canonical_ids,
    clean_text,
    current_site,
    get_setting,
    mask_name,
    name_condition,
    subtree,
    who_acts,
)

from ..models import VolunteerCredit
from .models import LEADER, RECIPIENT, SIDES, VOLUNTEER, VolunteerEvaluation

DAYS = "volunteer.evaluation_days"
DEFAULT_DAYS = 90
MOST_WORDS = 500
BEST = 5
SIDE_TITLES = {
    LEADER: N_("Team or organiser"),
    RECIPIENT: N_("Recipient of the service"),
    VOLUNTEER: N_("The volunteer"),
}
COMPLAINT = "volunteer.complaint"


@dataclass(frozen=True)
class Said:
    """What one side says of a session; ``name`` is that of a recipient."""

    side: str
    score: int
    words: str = ""
    name: str = ""


def days_of(session: Session, area_id: int) -> int:
    """For how many days after a session it can be evaluated."""
    days = get_setting(session, area_id, DAYS, DEFAULT_DAYS)
    return days if type(days) is int and 1 <= days <= 730 else DEFAULT_DAYS


def as_score(text: str) -> int:
    """A score as typed, 0 for anything that is none."""
    return int(text) if text in ("1", "2", "3", "4", "5") else 0


def evaluate(session: Session, entry: Entry, said: Said, actor: Actor) -> VolunteerEvaluation:
    """Keep what one side says of a session; said again by the same it replaces the first, unless it is a complaint.

    Raises Problem: bad_score, too_long_text, name_needed, not_served, too_late, own_service, not_yours, case_exists.
    Whether a leader leads and a member of staff may is for the caller to know.
    """
    words = _checked(said)
    _evaluable(session, entry)
    who = who_acts(session, actor)
    volunteer = canonical_ids(session, [entry.person_id])[entry.person_id]
    own = who.person == volunteer
    if said.side == VOLUNTEER and not own:
        raise Problem("not_yours", N_("Only the volunteer speaks for the volunteer."))
    if said.side != VOLUNTEER and own:
        raise Problem("own_service", N_("This is your own service: somebody else evaluates it."))
    rater, name = _rater(entry, said, who.person, actor)
    found = _stored(session, entry.id, rater)
    before = found.score if found else None
    if found is None:
        found = VolunteerEvaluation(entry_id=entry.id, rater=rater)
        session.add(found)
    elif has_case(session, found):
        raise Problem("case_exists", N_("A complaint stands on this evaluation: it cannot be changed."))
    found.person_id, found.area_id, found.side = entry.person_id, entry.area_id, said.side
    found.rater_person_id = who.person if said.side != RECIPIENT else None
    found.rater_name, found.score, found.words = name, said.score, words
    found.at = current_site().now()
    found.recorded_by, found.recorded_by_account = actor.label, actor.account_id
    session.flush()
    audit.write(
        session, actor, "volunteer.evaluated", "volunteer_evaluation", found.public_id, area_id=entry.area_id,
        before={"score": before}, after={"side": said.side, "score": said.score},
    )  # fmt: skip
    return found


def _checked(said: Said) -> str:
    if said.side not in SIDES or not 1 <= said.score <= BEST:
        raise Problem("bad_score", N_("Choose 1 to 5, 5 being very good."), field="score")
    words = clean_text(said.words)
    if len(words) > MOST_WORDS:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="words", count=MOST_WORDS)
    if said.side == RECIPIENT and not clean_text(said.name):
        raise Problem(
            "name_needed",
            N_("Write the name of who says so; only its first character is kept."),
            field="name",
        )
    return words


def _evaluable(session: Session, entry: Entry) -> None:
    service = session.scalar(select(ActivityKind.service).where(ActivityKind.id == entry.kind_id))
    if entry.status != CONFIRMED or not service:
        raise Problem("not_served", N_("Only confirmed service can be evaluated."))
    last = entry.local_date + timedelta(days=days_of(session, entry.area_id))
    if current_site().today() > last:
        raise Problem("too_late", N_("The time to evaluate this was over on %(day)s."), day=last.isoformat())


def _rater(entry: Entry, said: Said, person: int | None, actor: Actor) -> tuple[str, str]:
    """What tells this rater apart from others, and the masked name of a recipient."""
    if said.side == RECIPIENT:
        name = clean_text(said.name)
        digest = sha256(f"{entry.public_id}:{name}".encode()).hexdigest()[:32]
        return f"recipient:{digest}", mask_name(name)
    if person is not None:
        return f"person:{person}", ""
    return f"account:{actor.account_id}" if actor.account_id is not None else f"label:{actor.label}"[:80], ""


def _stored(session: Session, entry_id: int, rater: str) -> VolunteerEvaluation | None:
    row = VolunteerEvaluation
    query = select(row).where(row.entry_id == entry_id, row.rater == rater).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def has_case(session: Session, evaluation: VolunteerEvaluation) -> bool:
    """Whether a complaint was made with an evaluation."""
    query = select(Objection.id).where(
        Objection.subject_type == COMPLAINT, Objection.subject_id == evaluation.public_id
    )
    return session.scalar(query.limit(1)) is not None


# --- reading ---


@dataclass(frozen=True)
class Score:
    """How many evaluations there are, and their sum; the mean is written once."""

    count: int = 0
    sum: int = 0

    @property
    def text(self) -> str:
        """The mean with one decimal, half up; "" without any."""
        if not self.count:
            return ""
        tenths = (20 * self.sum + self.count) // (2 * self.count)
        return f"{tenths // 10}.{tenths % 10}"


def scores_of(session: Session, rows: Collection[int]) -> dict[str, Score]:
    """What was said of a person (all row ids) by side: leader and recipient."""
    row = VolunteerEvaluation
    query = (
        select(row.side, func.count(), func.sum(row.score))
        .where(row.person_id.in_(rows), row.side != VOLUNTEER)
        .group_by(row.side)
    )
    found = {side: Score(int(count), int(total)) for side, count, total in session.execute(query)}
    return {side: found.get(side, Score()) for side in (LEADER, RECIPIENT)}


@dataclass(frozen=True)
class EvaluationLine:
    """One evaluation with its session; ``case`` is the state of the complaint made with it, "" for none."""

    evaluation: VolunteerEvaluation
    person: Person
    title: str
    local_date: date
    entry: str
    case: str


def listed(
    session: Session,
    area_id: int,
    *,
    q: str = "",
    side: str = "",
    low: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[EvaluationLine], int]:
    """Evaluations of sessions of an area and below, the newest first; ``low`` for 1 and 2 alone."""
    row = VolunteerEvaluation
    conditions: list[ColumnElement[bool]] = [row.area_id.in_(subtree(area_id))]
    if q:
        conditions.append(name_condition(q))
    if side:
        conditions.append(row.side == side)
    if low:
        conditions.append(row.score <= 2)
    return _lines(session, conditions, limit, offset)


def of_person(session: Session, rows: Collection[int], *, limit: int = 20) -> list[EvaluationLine]:
    """What was said of a person (all row ids), the newest first."""
    row = VolunteerEvaluation
    return _lines(session, [row.person_id.in_(rows), row.side != VOLUNTEER], limit, 0)[0]


def of_entry(session: Session, entry_id: int) -> list[EvaluationLine]:
    """What was said of one session."""
    return _lines(session, [VolunteerEvaluation.entry_id == entry_id], 100, 0)[0]


def _lines(
    session: Session, conditions: Collection[ColumnElement[bool]], limit: int, offset: int
) -> tuple[list[EvaluationLine], int]:
    row = VolunteerEvaluation
    case = (
        select(func.max(Objection.state))
        .where(Objection.subject_type == COMPLAINT, Objection.subject_id == row.public_id)
        .correlate(row)
        .scalar_subquery()
    )
    found = session.execute(
        select(row, Person, Entry.title, Entry.local_date, Entry.public_id, case, func.count().over())
        .join(Entry, Entry.id == row.entry_id)
        .join(Person, Person.id == row.person_id)
        .where(*conditions)
        .order_by(row.at.desc(), row.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    lines = [EvaluationLine(r[0], r[1], r[2], r[3], r[4], r[5] or "") for r in found]
    return lines, int(found[0][6]) if found else 0


def own_of(session: Session, entry_id: int, kept_id: int) -> VolunteerEvaluation | None:
    """What somebody (kept id) has said of a session."""
    row = VolunteerEvaluation
    return session.scalar(select(row).where(row.entry_id == entry_id, row.rater == f"person:{kept_id}"))


@dataclass(frozen=True)
class Served:
    """A session that a leader can still evaluate; ``score`` is what they said already, 0 for nothing."""

    entry: str
    person: str
    title: str
    local_date: date
    score: int


def of_teams(
    session: Session, team_ids: Collection[int], kept_id: int, *, limit: int = 50, offset: int = 0
) -> tuple[list[Served], int]:
    """Sessions of the last days credited to some teams, one's own left out, those not evaluated first."""
    since = current_site().today() - timedelta(days=DEFAULT_DAYS)
    credit, mine = VolunteerCredit, aliased(VolunteerEvaluation)
    own = select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept_id)
    found = session.execute(
        select(Entry.public_id, Person.name, Entry.title, Entry.local_date, mine.score, func.count().over())
        .join(credit, credit.entry_id == Entry.id)
        .join(Person, Person.id == Entry.person_id)
        .outerjoin(mine, (mine.entry_id == Entry.id) & (mine.rater == f"person:{kept_id}"))
        .where(
            credit.team_id.in_(team_ids),
            credit.local_date >= since,
            Entry.status == CONFIRMED,
            credit.person_id != kept_id,
            Entry.person_id.not_in(own),
        )
        .order_by(mine.score.is_not(None), Entry.local_date.desc(), Entry.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return [Served(r[0], r[1], r[2], r[3], r[4] or 0) for r in found], int(found[0][5]) if found else 0


def together(scores: Mapping[str, Score]) -> Score:
    """All sides together."""
    return Score(sum(one.count for one in scores.values()), sum(one.sum for one in scores.values()))
