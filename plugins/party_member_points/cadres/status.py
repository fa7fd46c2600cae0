"""The quarterly status of a seconded cadre: computed, reviewed by somebody else, sent to the unit as a letter.

A status is a snapshot. Computing a quarter anew gives the next number; sending it replaces the letter of the one
before. The unit's liaison acknowledges it where all letters are acknowledged.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import date

from flask_babel import force_locale, format_date, get_babel, gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Person,
    Problem,
    audit,
    canonical,
    clean_text,
    credited,
    current_site,
    entry_facts,
    format_hours,
    issuer,
    issuing_area,
    subtree,
)

from .. import changing
from ..letters.models import PointsLetter
from ..letters.sending import Sending, send
from ..models import PointsHomeUnit
from ..schemes import period_span
from .figures import Figures, Note, Part, span_within, sum_up
from .models import PointsCadreNote, PointsCadrePost, PointsCadreStatus, PointsCadreTerm, PointsCadreVoid
from .services import KINDS, MOST_TEXT

COMPUTED, REVIEWED, SENT, REPLACED = "computed", "reviewed", "sent", "replaced"
STATES = {
    COMPUTED: N_("computed, to be reviewed"),
    REVIEWED: N_("reviewed, to be sent"),
    SENT: N_("sent to the unit"),
    REPLACED: N_("replaced by a later one"),
}
LETTER = "cadre"
SERIES = "XC"
TITLE = N_("Status of a seconded cadre")
TEMPLATE = "points/letter.typ"
QUARTER = "quarter"


def quarter_of(day: date) -> str:
    """The quarter that a day lies in, as periods are written: "2026-Q3"."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def quarters_of(term: PointsCadreTerm, today: date) -> list[str]:
    """The quarters of a term up to today, the newest first."""
    found, day = [], min(today, term.to_on or today)
    while day >= term.from_on:
        found.append(quarter_of(day))
        day = date.fromordinal(period_span(QUARTER, found[-1])[0].toordinal() - 1)
    return found


def figures_now(session: Session, term: PointsCadreTerm, period: str) -> Figures | None:
    """What a quarter comes to as things stand; None where the term has no day in it. Some eight statements."""
    first, last = period_span(QUARTER, period)
    span = span_within(first, last, term.from_on, term.to_on, current_site().today())
    if span is None:
        return None
    return sum_up(*span, _notes(session, term), _parts(session, term))


def _notes(session: Session, term: PointsCadreTerm) -> list[Note]:
    voided = select(PointsCadreVoid.note_id).where(PointsCadreVoid.note_id == PointsCadreNote.id).exists()
    query = select(PointsCadreNote.on_date, PointsCadreNote.kind, PointsCadreNote.minutes).where(
        PointsCadreNote.term_id == term.id, ~voided
    )
    return [Note(*row) for row in session.execute(query)]


def _parts(session: Session, term: PointsCadreTerm) -> list[Part]:
    """Confirmed entries of the cadre in the community of the post; a minute counts once."""
    post = session.get_one(PointsCadrePost, term.post_id)
    community = issuing_area(session, session.get_one(Area, post.area_id))
    inside = set(session.scalars(subtree(community.id)))
    facts = [fact for several in entry_facts(session, [term.person_id]).values() for fact in several]
    worth = credited(facts)
    return [Part(fact.local_date, worth[fact.entry_id].minutes) for fact in facts if fact.area_id in inside]


def compute(session: Session, term: PointsCadreTerm, period: str, actor: Actor) -> PointsCadreStatus:
    """Freeze a quarter that is over; an edition that was not sent is replaced by it.

    Raises Problem own_matter, bad_period or quarter_running.
    """
    changing.refuse_own(session, term.person_id, actor)
    # One edition at a time: the next number is counted under this lock.
    session.refresh(term, with_for_update=True)
    today = current_site().today()
    if period not in quarters_of(term, today):
        raise Problem("bad_period", N_("Choose a quarter in which this cadre held the post."), field="period")
    if period not in due_quarters(term, today):
        raise Problem("quarter_running", N_("This quarter is not over yet: it can be reviewed afterwards."))
    found = figures_now(session, term, period)
    assert found is not None
    earlier = _editions(session, term, period)
    for old in earlier:
        if old.state in (COMPUTED, REVIEWED):
            old.state = REPLACED
    status = PointsCadreStatus(
        term_id=term.id, period=period, no=len(earlier) + 1, figures=_frozen(found), state=COMPUTED,
        computed_at=current_site().now(), computed_by=actor.label, computed_by_account=actor.account_id,
    )  # fmt: skip
    session.add(status)
    session.flush()
    _audit(session, status, "points.cadre_status_computed", actor)
    return status


def _editions(session: Session, term: PointsCadreTerm, period: str) -> list[PointsCadreStatus]:
    query = select(PointsCadreStatus).where(
        PointsCadreStatus.term_id == term.id, PointsCadreStatus.period == period
    )
    return list(session.scalars(query.order_by(PointsCadreStatus.no)))


def _frozen(found: Figures) -> str:
    plain = {**asdict(found), "first": found.first.isoformat(), "last": found.last.isoformat()}
    return canonical(plain)


def figures_of(status: PointsCadreStatus) -> Figures:
    """The figures as they were frozen."""
    raw = json.loads(status.figures)
    notes = tuple((str(kind), int(count)) for kind, count in raw.pop("notes"))
    first, last = date.fromisoformat(raw.pop("first")), date.fromisoformat(raw.pop("last"))
    return Figures(first=first, last=last, notes=notes, **raw)


def review(session: Session, status: PointsCadreStatus, words: str, actor: Actor) -> None:
    """Look a status over and say in words how the cadre did; by somebody else than who computed it.

    Raises Problem own_matter, another_person_needed, words_needed or status_closed.
    """
    session.refresh(status, with_for_update=True)
    if status.state != COMPUTED:
        raise Problem("status_closed", N_("This status has been reviewed or replaced already."))
    term = session.get_one(PointsCadreTerm, status.term_id)
    who = changing.refuse_own(session, term.person_id, actor)
    if not actor.unrestricted and who.did(status.computed_by_account, status.computed_by):
        raise Problem(
            "another_person_needed", N_("You computed this yourself: somebody else has to review it.")
        )
    words = clean_text(words)
    if not words or len(words) > MOST_TEXT:
        raise Problem("words_needed", N_("Say in a few words how the cadre did."), field="review")
    status.state, status.review = REVIEWED, words
    status.reviewed_at, status.reviewed_by = current_site().now(), actor.label
    status.reviewed_by_account = actor.account_id
    session.flush()
    _audit(session, status, "points.cadre_status_reviewed", actor)


def feed_back(session: Session, status: PointsCadreStatus, actor: Actor) -> PointsLetter:
    """Send a reviewed status to the unit as a numbered letter; raises Problem own_matter or not_reviewed."""
    session.refresh(status, with_for_update=True)
    if status.state != REVIEWED:
        raise Problem(
            "not_reviewed", N_("Only a status that somebody has reviewed is sent, and it is sent once.")
        )
    term = session.get_one(PointsCadreTerm, status.term_id)
    changing.refuse_own(session, term.person_id, actor)
    post = session.get_one(PointsCadrePost, term.post_id)
    community = issuing_area(session, session.get_one(Area, post.area_id))
    person, unit = (
        session.get_one(Person, term.person_id),
        session.get_one(PointsHomeUnit, term.unit_id),
    )
    before = _sent_before(session, term, status)
    with force_locale(str(get_babel().default_locale)):
        title = str(gettext(TITLE))
        snapshot = _snapshot(session, status, post, community, person, unit)
    letter = send(
        session,
        Sending(
            kind=LETTER, ref=status.public_id, area=community, unit_id=unit.id, person=person, period=status.period,
            series=SERIES, title=title, template=TEMPLATE, snapshot=snapshot, replaces=before,
        ),
        actor,
    )  # fmt: skip
    for old in _editions(session, term, status.period):
        if old.state == SENT:
            old.state = REPLACED
    status.state, status.letter_id = SENT, letter.id
    session.flush()
    _audit(session, status, "points.cadre_status_sent", actor)
    return letter


def _sent_before(session: Session, term: PointsCadreTerm, status: PointsCadreStatus) -> PointsLetter | None:
    sent = [one.letter_id for one in _editions(session, term, status.period) if one.state == SENT]
    return session.get_one(PointsLetter, sent[-1]) if sent and sent[-1] is not None else None


def _snapshot(
    session: Session,
    status: PointsCadreStatus,
    post: PointsCadrePost,
    community: Area,
    person: Person,
    unit: PointsHomeUnit,
) -> dict[str, object]:
    found, told = figures_of(status), issuer(session, community)
    place = session.get_one(Area, post.area_id).name
    remark = gettext(
        "This status is for reference: it tells what the community recorded of the seconded cadre."
    )
    texts = {
        "to": gettext("To %(unit)s:", unit=unit.name),
        "statement": gettext(
            "%(name)s, whom your unit sent to us, held the post “%(post)s” in %(place)s. We tell you what was "
            "recorded in %(period)s (%(first)s to %(last)s):",
            name=person.name, post=post.title, place=place, period=status.period, first=_day(found.first),
            last=_day(found.last),
        ),
        "facts": [
            [gettext("Days"), str(found.days)],
            [gettext("Notes in the ledger"), str(found.note_count)],
            [gettext("Activities"), str(found.activities)],
            [gettext("Hours of activities"), format_hours(found.minutes)],
        ],
        "category_heads": [gettext("Ledger"), gettext("Times")],
        "categories": [[gettext(KINDS.get(kind, kind)), str(count)] for kind, count in found.notes],
        "basis": gettext("Review of the community: %(words)s", words=status.review),
        "remark": remark,
        "replaces": "",
        "number": gettext("Number"),
        "check_code": gettext("Check code"),
        "verify": gettext("Scan to check this document, or open the address and type the number:"),
        "seal": gettext("(seal) %(text)s", text=told["seal"]),
        "phone": gettext("Phone: %(phone)s", phone=told["phone"]) if told["phone"] else "",
        "receipt": gettext("Please sign in and acknowledge this letter, or tell us by phone that you have it."),
    }  # fmt: skip
    return {
        "holder": person.name, "unit": unit.name, "first": found.first.isoformat(), "last": found.last.isoformat(),
        "issuer": told, "period": status.period, "result": status.public_id, "result_no": status.no,
        "minutes": found.minutes, "activities": found.activities, "remark": remark, "texts": texts,
    }  # fmt: skip


def _day(day: date) -> str:
    return str(format_date(day, "long"))


def _audit(session: Session, status: PointsCadreStatus, event: str, actor: Actor) -> None:
    term = session.get_one(PointsCadreTerm, status.term_id)
    post = session.get_one(PointsCadrePost, term.post_id)
    audit.write(
        session, actor, event, "points_cadre_status", status.public_id, area_id=post.area_id,
        after={"period": status.period, "no": status.no, "state": status.state},
    )  # fmt: skip


def statuses_of(session: Session, terms: Collection[int]) -> list[PointsCadreStatus]:
    """The editions of some terms, the newest quarter first."""
    query = select(PointsCadreStatus).where(PointsCadreStatus.term_id.in_(terms))
    return list(session.scalars(query.order_by(PointsCadreStatus.period.desc(), PointsCadreStatus.no.desc())))


def due_quarters(term: PointsCadreTerm, today: date) -> list[str]:
    """Quarters of a term that are over, the newest first; each can be computed, also again."""
    return [
        period
        for period in quarters_of(term, today)
        if term.to_on is not None or period_span(QUARTER, period)[1] < today
    ]


def letters_of(session: Session, terms: Collection[int]) -> dict[int, PointsLetter]:
    """The letters of some terms by their id."""
    query = (
        select(PointsLetter)
        .join(PointsCadreStatus, PointsCadreStatus.letter_id == PointsLetter.id)
        .where(PointsCadreStatus.term_id.in_(terms))
    )
    return {letter.id: letter for letter in session.scalars(query)}


def waiting_reviews(session: Session, area_id: int) -> int:
    """How many computed statuses below ``area_id`` wait for their review."""
    query = (
        select(func.count())
        .select_from(PointsCadreStatus)
        .join(PointsCadreTerm, PointsCadreTerm.id == PointsCadreStatus.term_id)
        .join(PointsCadrePost, PointsCadrePost.id == PointsCadreTerm.post_id)
        .where(PointsCadrePost.area_id.in_(subtree(area_id)), PointsCadreStatus.state == COMPUTED)
    )
    return session.scalar(query) or 0
