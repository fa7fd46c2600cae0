"""Sessions: who was expected, who came, who was excused; said by one person and confirmed by another.

Each statement is a row; what was said counts once somebody else has confirmed the sheet, and anew after each change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    VOIDED,
    Activity,
    Actor,
    Area,
    Person,
    Problem,
    audit,
    canonical_ids,
    current_site,
    mark_people,
    new_public_id,
    subtree,
    who_acts,
)

from ..models import PointsBranch, PointsMember
from ..schemes import rules_of, version_on
from ..scoring.scheme import Version
from .models import PointsSession, PointsSessionWord
from .reading import (
    ABSENT,
    ATTENDED,
    CHANGED,
    EXCUSED,
    EXPECTED,
    OPEN,
    UNEXCUSED,
    UNEXPECTED,
    Standing,
)
from .rosters import standings, words_of
from .rules import MOST_TEXT, refused

PERSONAL = (EXPECTED, UNEXPECTED, ATTENDED, ABSENT, EXCUSED, UNEXCUSED)
MOST_EXPECTED = 5_000


@dataclass(frozen=True)
class Counting:
    """What attendance may count as: an item, and the kind of session that a ratio asks for ("" for none)."""

    item: str
    kind: str
    title: str

    @property
    def key(self) -> str:
        """As forms give it back."""
        return f"{self.item}|{self.kind}"


def countings(version: Version | None) -> list[Counting]:
    """What attendance may count as: the items and kinds of the scheme's ratios, and items that count without points."""
    if version is None:
        return []
    found = {
        (item, ratio.kind or ""): Counting(item, ratio.kind or "", ratio.title or ratio.id)
        for ratio in version.ratios
        for item in ratio.items
    }
    named = {item for item, _kind in found}
    for item in version.items.values():
        if item.mode == "none" and item.kind == "earn" and item.id not in named:
            found[item.id, ""] = Counting(item.id, "", item.title or item.id)
    return list(found.values())


def offered(session: Session, area_id: int, day: date) -> list[Counting]:
    """What a session of that day may count as in an area."""
    return countings(version_on(rules_of(session, area_id), day, current_site().today()))


def create(
    session: Session,
    area: Area,
    title: str,
    on_date: date,
    counts: str,
    actor: Actor,
    *,
    branch: PointsBranch | None = None,
    activity: Activity | None = None,
) -> PointsSession:
    """Record a session; everybody who is a member of the area (or the branch) on that day is expected.

    Raises Problem title_needed, in_the_future, unknown_choice or nobody_expected.
    """
    title = title.strip()
    if not title or len(title) > 100:
        raise Problem("title_needed", N_("Name the session in at most 100 characters."), field="title")
    if on_date > current_site().today():
        raise Problem(
            "in_the_future", N_("This lies in the future; record it when it has happened."), field="on_date"
        )
    chosen = next((one for one in offered(session, area.id, on_date) if one.key == counts), None)
    if chosen is None:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="counts")
    expected = members_on(session, area.id, on_date, branch.id if branch else None)
    if not expected:
        raise Problem(
            "nobody_expected", N_("No Party member was checked in there on that day."), field="branch"
        )
    meeting = PointsSession(
        public_id=new_public_id(), area_id=area.id, branch_id=branch.id if branch else None, kind=chosen.kind,
        item=chosen.item, title=title, on_date=on_date, activity_id=activity.id if activity else None,
        recorded_at=current_site().now(), recorded_by=actor.label, recorded_by_account=actor.account_id, state=OPEN,
    )  # fmt: skip
    session.add(meeting)
    session.flush()
    _say(session, meeting, dict.fromkeys(expected, EXPECTED), "", actor)
    audit.write(
        session, actor, "points.session_recorded", "points_session", meeting.public_id, area_id=area.id,
        count=len(expected), after={"item": meeting.item, "kind": meeting.kind, "on": on_date},
    )  # fmt: skip
    return meeting


def members_on(session: Session, area_id: int, day: date, branch_id: int | None = None) -> list[int]:
    """Members of an area and below who were checked in on a day, of one branch if given."""
    member = PointsMember
    query = (
        select(member.person_id)
        .join(Person, Person.id == member.person_id)
        .where(
            Person.area_id.in_(subtree(area_id)),
            member.checkin_on <= day,
            or_(member.left_on.is_(None), member.left_on >= day),
            or_(Person.left_on.is_(None), Person.left_on >= day),
        )
        .order_by(member.person_id)
        .limit(MOST_EXPECTED)
    )
    if branch_id is not None:
        query = query.where(member.branch_id == branch_id)
    return list(session.scalars(query))


def _say(
    session: Session, meeting: PointsSession, words: Mapping[int, str], reason: str, actor: Actor
) -> None:
    now = current_site().now()
    session.add_all(
        PointsSessionWord(
            session_id=meeting.id, person_id=person, word=word, reason=reason, at=now, actor=actor.label,
            account_id=actor.account_id,
        )
        for person, word in sorted(words.items())
    )  # fmt: skip
    if meeting.state == CONFIRMED:
        meeting.state = CHANGED
    session.flush()
    mark_people(session, sorted(words))


def say(session: Session, meeting: PointsSession, words: Mapping[int, str], reason: str, actor: Actor) -> int:
    """Record who came, was absent, excused or expected (by kept id); returns how many statements were new.

    Nobody says this of themselves. Raises Problem own_matter, reason_needed, unknown_choice or wrong_state.
    """
    session.refresh(meeting, with_for_update=True)
    if meeting.state == VOIDED:
        raise wrong_state()
    if not set(words.values()) <= set(PERSONAL):
        raise Problem("unknown_choice", N_("Choose one of the values offered."))
    reason = reason.strip()
    if EXCUSED in words.values() and not reason:
        raise Problem("reason_needed", N_("Say why the absence is excused."), field="reason")
    if len(reason) > MOST_TEXT:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="reason", count=MOST_TEXT)
    stands = standings(session, meeting)
    fresh = {
        person: word for person, word in words.items() if not _holds(stands.get(person, Standing()), word)
    }
    if not fresh:
        return 0
    _check_others(session, fresh, actor)
    _say(session, meeting, fresh, reason, actor)
    audit.write(
        session, actor, "points.session_said", "points_session", meeting.public_id, area_id=meeting.area_id,
        count=len(fresh), after={"said": sorted(set(fresh.values()))},
    )  # fmt: skip
    return len(fresh)


def _holds(now: Standing, word: str) -> bool:
    return {
        EXPECTED: now.expected, UNEXPECTED: not now.expected, ATTENDED: now.attended, ABSENT: not now.attended,
        EXCUSED: now.excused, UNEXCUSED: not now.excused,
    }[word]  # fmt: skip


def _check_others(session: Session, people: Collection[int], actor: Actor) -> None:
    if actor.unrestricted:
        return
    if who_acts(session, actor).person in people:
        raise refused("own_matter")


def wrong_state() -> Problem:
    """The refusal of what the session's state does not allow."""
    return Problem("wrong_state", N_("This was changed or decided on in the meantime. Load the page anew."))


def decide(session: Session, meeting: PointsSession, outcome: str, reason: str, actor: Actor) -> None:
    """Confirm what was said, or void the session with a reason; by somebody who said none of it.

    Raises Problem another_person_needed, reason_needed, unknown_choice or wrong_state.
    """
    session.refresh(meeting, with_for_update=True)
    if outcome not in (CONFIRMED, VOIDED):
        raise Problem("unknown_choice", N_("Choose one of the values offered."))
    if meeting.state == outcome:
        return
    if meeting.state == VOIDED:
        raise wrong_state()
    reason = reason.strip()
    if outcome == VOIDED and not reason:
        raise Problem("reason_needed", N_("Say why in a few words; the member reads it."), field="reason")
    rows = words_of(session, meeting)
    _check_another(session, meeting, rows, actor)
    before, meeting.state = meeting.state, outcome
    session.add(
        PointsSessionWord(
            session_id=meeting.id, person_id=None, word=outcome, reason=reason[:MOST_TEXT], at=current_site().now(),
            actor=actor.label, account_id=actor.account_id,
        )
    )  # fmt: skip
    session.flush()
    audit.write(
        session, actor, "points.session_decided", "points_session", meeting.public_id, area_id=meeting.area_id,
        before={"state": before}, after={"state": outcome, "reason": reason},
    )  # fmt: skip
    concerned = {row.person_id for row in rows if row.person_id is not None}
    mark_people(session, sorted(set(canonical_ids(session, concerned).values())))


def _check_another(
    session: Session, meeting: PointsSession, rows: Sequence[PointsSessionWord], actor: Actor
) -> None:
    """Whoever recorded the session or said anything since it was last confirmed does not confirm it, nor somebody whose
    own attendance it is."""
    if actor.unrestricted:
        return
    who = who_acts(session, actor)
    last = max((row.id for row in rows if row.word == CONFIRMED), default=0)
    fresh = [row for row in rows if row.id > last and row.person_id is not None]
    said = any(who.did(row.account_id, row.actor) for row in fresh)
    recorded = last == 0 and who.did(meeting.recorded_by_account, meeting.recorded_by)
    if said or recorded:
        raise refused("another_person_needed")
    kept = canonical_ids(session, {row.person_id for row in fresh if row.word != EXPECTED})  # type: ignore[misc]
    if who.person is not None and who.person in kept.values():
        raise refused("own_matter")
