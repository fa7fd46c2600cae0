"""Posts of seconded cadres, who holds them, and the ledger that the community keeps of them.

Nobody keeps their own ledger, and nobody puts themselves on a post. A note that was wrong is voided with a reason by
a further row.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Person,
    Problem,
    audit,
    canonical_ids,
    clean_text,
    current_site,
    normalise_text,
)

from .. import changing, members
from .models import PointsCadreNote, PointsCadrePost, PointsCadreTerm, PointsCadreVoid

KINDS = {
    "duty": N_("On duty"),
    "visit": N_("Visits to residents"),
    "service": N_("Service to residents"),
    "matter": N_("Matter settled"),
    "meeting": N_("Meeting or study"),
    "other": N_("Other"),
}
MOST_MINUTES = 24 * 60
MOST_TEXT = 500


def add_post(session: Session, area: Area, title: str, duties: str, actor: Actor) -> PointsCadrePost:
    """A post in ``area``; raises Problem title_needed, text_too_long or area_closed."""
    title, duties = _words(title, duties)
    if area.closed_on is not None:
        raise Problem("area_closed", N_("This area is closed."))
    post = PointsCadrePost(
        area_id=area.id, title=title, duties=duties, created_at=current_site().now(), created_by=actor.label
    )
    session.add(post)
    session.flush()
    audit.write(
        session, actor, "points.cadre_post_added", "points_cadre_post", post.public_id, area_id=area.id,
        after={"title": title},
    )  # fmt: skip
    return post


def change_post(session: Session, post: PointsCadrePost, title: str, duties: str, actor: Actor) -> None:
    """Word a post anew; raises the Problems of ``add_post``."""
    title, duties = _words(title, duties)
    before = {"title": post.title, "duties": post.duties}
    post.title, post.duties = title, duties
    session.flush()
    audit.write(
        session, actor, "points.cadre_post_changed", "points_cadre_post", post.public_id, area_id=post.area_id,
        before=before, after={"title": title, "duties": duties},
    )  # fmt: skip


def _words(title: str, duties: str) -> tuple[str, str]:
    title, duties = clean_text(title), clean_text(duties)
    if not title or len(title) > 60:
        raise Problem("title_needed", N_("Name the post in at most 60 characters."), field="title")
    if len(duties) > MOST_TEXT:
        raise Problem("text_too_long", N_("At most %(max)s characters."), field="duties", max=MOST_TEXT)
    return title, duties


def close_post(session: Session, post: PointsCadrePost, actor: Actor) -> None:
    """End a post that nobody holds; raises Problem post_held or post_closed."""
    session.refresh(post, with_for_update=True)
    if post.closed_on is not None:
        raise Problem("post_closed", N_("This post was ended already."))
    if open_term(session, post) is not None:
        raise Problem("post_held", N_("Somebody holds this post: end that first."))
    post.closed_on = current_site().today()
    session.flush()
    audit.write(
        session, actor, "points.cadre_post_ended", "points_cadre_post", post.public_id, area_id=post.area_id,
        after={"closed_on": post.closed_on.isoformat()},
    )  # fmt: skip


def open_term(session: Session, post: PointsCadrePost) -> PointsCadreTerm | None:
    """The term of a post that has no last day."""
    query = select(PointsCadreTerm).where(PointsCadreTerm.post_id == post.id, PointsCadreTerm.to_on.is_(None))
    return session.scalar(query.limit(1))


def assign(
    session: Session, post: PointsCadrePost, person: Person, unit: str, from_on: date, actor: Actor
) -> PointsCadreTerm:
    """Put somebody whom ``unit`` sends on a post.

    Raises Problem own_matter, post_closed, post_held, home_unit_needed, day_in_future or terms_overlap.
    """
    changing.refuse_own(session, person.id, actor)
    session.refresh(post, with_for_update=True)
    if post.closed_on is not None:
        raise Problem("post_closed", N_("This post was ended already."))
    if open_term(session, post) is not None:
        raise Problem("post_held", N_("Somebody holds this post: end that first."))
    if from_on > current_site().today():
        raise Problem("day_in_future", N_("Give a day that is not in the future."), field="from_on")
    later = select(PointsCadreTerm.id).where(
        PointsCadreTerm.post_id == post.id, PointsCadreTerm.to_on >= from_on
    )
    if session.scalar(later.limit(1)) is not None:
        raise Problem(
            "terms_overlap", N_("Somebody held this post on that day: give a later one."), field="from_on"
        )
    name = normalise_text(unit)
    if not name or len(name) > members.LONGEST_NAME:
        raise Problem("home_unit_needed", N_("Name the unit in at most 100 characters."), field="unit")
    kept = canonical_ids(session, [person.id])[person.id]
    term = PointsCadreTerm(
        post_id=post.id, person_id=kept, unit_id=members.find_units(session, {name})[name], from_on=from_on,
        recorded_at=current_site().now(), recorded_by=actor.label,
    )  # fmt: skip
    session.add(term)
    session.flush()
    audit.write(
        session, actor, "points.cadre_assigned", "points_cadre_term", term.public_id, area_id=post.area_id,
        after={"post": post.public_id, "person": person.public_id, "from": from_on.isoformat(), "unit": name},
    )  # fmt: skip
    return term


def end_term(session: Session, term: PointsCadreTerm, to_on: date, actor: Actor) -> None:
    """The last day of a cadre on a post; raises Problem own_matter, term_ended or bad_day."""
    changing.refuse_own(session, term.person_id, actor)
    session.refresh(term, with_for_update=True)
    if term.to_on is not None:
        raise Problem("term_ended", N_("This has ended already."))
    if not term.from_on <= to_on <= current_site().today():
        raise Problem(
            "bad_day", N_("Give a day since the beginning that is not in the future."), field="to_on"
        )
    term.to_on = to_on
    session.flush()
    post = session.get_one(PointsCadrePost, term.post_id)
    audit.write(
        session, actor, "points.cadre_ended", "points_cadre_term", term.public_id, area_id=post.area_id,
        after={"to": to_on.isoformat()},
    )  # fmt: skip


def term_on(session: Session, post: PointsCadrePost, day: date) -> PointsCadreTerm:
    """Who held a post on a day; raises Problem bad_day where nobody did."""
    query = select(PointsCadreTerm).where(
        PointsCadreTerm.post_id == post.id,
        PointsCadreTerm.from_on <= day,
        or_(PointsCadreTerm.to_on.is_(None), PointsCadreTerm.to_on >= day),
    )
    found = session.scalar(query.limit(1))
    if found is None:
        raise Problem("bad_day", N_("Nobody held this post on that day."), field="on")
    return found


# --- the ledger ---


def note(
    session: Session, term: PointsCadreTerm, on: date, kind: str, minutes: int, text: str, actor: Actor
) -> PointsCadreNote:
    """Write down what a cadre did on a day; minutes from 0 to a whole day.

    Raises Problem own_matter, bad_kind, bad_day, bad_minutes or text_needed.
    """
    changing.refuse_own(session, term.person_id, actor)
    text = clean_text(text)
    if kind not in KINDS:
        raise Problem("bad_kind", N_("Choose one of the values offered."), field="kind")
    today = current_site().today()
    if not term.from_on <= on <= min(today, term.to_on or today):
        raise Problem("bad_day", N_("Give a day on which this cadre held the post."), field="on")
    if not 0 <= minutes <= MOST_MINUTES:
        raise Problem("bad_minutes", N_("Give hours from 0 to 24."), field="hours")
    if not text or len(text) > MOST_TEXT:
        raise Problem("text_needed", N_("Say in a few words what was done."), field="text")
    row = PointsCadreNote(
        term_id=term.id, on_date=on, kind=kind, minutes=minutes, text=text, recorded_at=current_site().now(),
        recorded_by=actor.label, recorded_by_account=actor.account_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    post = session.get_one(PointsCadrePost, term.post_id)
    audit.write(
        session, actor, "points.cadre_noted", "points_cadre_note", row.public_id, area_id=post.area_id,
        after={"term": term.public_id, "on": on.isoformat(), "kind": kind, "minutes": minutes},
    )  # fmt: skip
    return row


def void_note(session: Session, row: PointsCadreNote, reason: str, actor: Actor) -> None:
    """Let a note count no more; raises Problem own_matter, reason_needed or note_voided."""
    term = session.get_one(PointsCadreTerm, row.term_id, with_for_update=True)
    changing.refuse_own(session, term.person_id, actor)
    reason = clean_text(reason)
    if not reason or len(reason) > MOST_TEXT:
        raise Problem("reason_needed", N_("Say in a few words why."), field="reason")
    if session.get(PointsCadreVoid, row.id) is not None:
        raise Problem("note_voided", N_("This note was voided already."))
    session.add(
        PointsCadreVoid(
            note_id=row.id, reason=reason, actor=actor.label, account_id=actor.account_id,
            at=current_site().now(),
        )
    )  # fmt: skip
    session.flush()
    post = session.get_one(PointsCadrePost, term.post_id)
    audit.write(
        session, actor, "points.cadre_note_voided", "points_cadre_note", row.public_id, area_id=post.area_id,
        after={"reason": reason},
    )  # fmt: skip
