"""Drafting a round and opening it; what follows is in ``sheets``, ``tally``, ``publishing``, ``appealing``, ``ruling``.

A round is drafted for a published version of a scheme. Opening it freezes who takes part: estates of the area with the
company that manages them, and the roll of those who may vote.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Conflict,
    Problem,
    ancestors,
    current_site,
)

from ..ballots import roll
from ..registry.models import ESTATE_KINDS, PropertyEstate
from ..registry.queries import company_on, estates_below
from ..schemes.models import PropertySchemeVersion
from ..schemes.reading import parse
from ..schemes.scheme import Scheme
from .events import note, words
from .finding import entrants_of, locked
from .impartial import refuse_interested
from .models import (
    COLLECTING,
    COMPUTED,
    DRAFT,
    FINAL,
    PER_OWNER,
    PER_UNIT,
    PUBLICITY,
    SUPERSEDED,
    WITHDRAWN,
    PropertyEntrant,
    PropertyRound,
)

# Why an estate does not take part.
NO_COMPANY, TOO_SHORT, ELSEWHERE = "no_company", "too_short", "elsewhere"
LONGEST = timedelta(days=366 * 2)


@dataclass(frozen=True)
class Draft:
    """What a round is to be, local dates with both ends inside; ``replaces`` is a final round that was wrong.

    ``kinds`` are those of the estates that take part, none for all; with ``reuses`` the ballots of the replaced round
    count.
    """

    title: str
    version: PropertySchemeVersion
    period: str
    first_on: date
    last_on: date
    collect_until: date
    organiser: str
    per: str = PER_UNIT
    kinds: Collection[str] = ()
    replaces: PropertyRound | None = None
    reason: str = ""
    reuses: bool = False


@dataclass(frozen=True)
class Candidate:
    """An estate that could take part, and why it does not ("" where it does)."""

    estate: PropertyEstate
    company_id: int | None
    why: str


def today() -> date:
    """The local date."""
    return current_site().today()


def scheme_of(session: Session, round_: PropertyRound) -> Scheme:
    """The frozen scheme of a round."""
    return parse(session.get_one(PropertySchemeVersion, round_.scheme_version_id).text)


def version_for(session: Session, area: Area, public_id: str) -> PropertySchemeVersion | None:
    """The published version with this outside id, of the area or one above it."""
    return session.scalar(
        select(PropertySchemeVersion).where(
            PropertySchemeVersion.public_id == public_id,
            PropertySchemeVersion.area_id.in_(ancestors(area.id)),
        )
    )


def versions_for(session: Session, area: Area) -> list[PropertySchemeVersion]:
    """The last version of each scheme that can be used in an area, by title."""
    rows = session.scalars(
        select(PropertySchemeVersion)
        .where(PropertySchemeVersion.area_id.in_(ancestors(area.id)))
        .order_by(PropertySchemeVersion.no)
    )
    last = {(row.area_id, row.scheme_id): row for row in rows}
    return sorted(last.values(), key=lambda row: (row.title, row.id))


def draft_round(session: Session, area: Area, draft: Draft, actor: Actor) -> PropertyRound:
    """Draft a round of ``area``.

    Raises Problem bad_text, bad_dates, bad_choice or reason_required, Conflict bad_state.
    """
    reason = _check_replacing(session, area, draft)
    round_ = PropertyRound(
        area_id=area.id,
        created_at=current_site().now(),
        created_by=actor.label,
        created_by_account=actor.account_id,
        state=DRAFT,
        replaces_id=None if draft.replaces is None else draft.replaces.id,
        reason=reason,
        reuses=draft.reuses and draft.replaces is not None,
    )
    _fill(round_, draft)
    session.add(round_)
    session.flush()
    note(session, round_, "drafted", actor, reason=reason, after=_told(round_))
    return round_


def change_draft(session: Session, round_: PropertyRound, draft: Draft, actor: Actor) -> PropertyRound:
    """Change a draft; what it replaces stays. Raises as ``draft_round`` does."""
    held = locked(session, round_, DRAFT)
    before = _told(held)
    _fill(held, draft)
    session.flush()
    note(session, held, "changed", actor, before=before, after=_told(held))
    return held


def _check_replacing(session: Session, area: Area, draft: Draft) -> str:
    if draft.replaces is None:
        return ""
    held = locked(session, draft.replaces, FINAL)
    if held.area_id != area.id:
        raise Problem("bad_choice", N_("Choose a final round of this area."), field="replaces")
    later = select(PropertyRound.id).where(
        PropertyRound.replaces_id == held.id, PropertyRound.state.not_in((SUPERSEDED, WITHDRAWN))
    )
    if session.scalar(later) is not None:
        raise Conflict("bad_state", N_("Another round is to take the place of that one already."))
    return words(draft.reason)


def _fill(round_: PropertyRound, draft: Draft) -> None:
    _check(draft)
    round_.scheme_version_id = draft.version.id
    round_.title, round_.organiser = (
        _name(draft.title, "title", 100),
        _name(draft.organiser, "organiser", 100),
    )
    round_.period = _name(draft.period, "period", 20)
    round_.first_on, round_.last_on = draft.first_on, draft.last_on
    round_.collect_until, round_.per = draft.collect_until, draft.per
    round_.kinds = " ".join(kind for kind in ESTATE_KINDS if kind in draft.kinds)


def _name(text: str, field: str, most: int) -> str:
    text = words(text, field=field, most=most, needed=False)
    if not text:
        raise Problem("bad_text", N_("Fill this in."), field=field)
    return text


def _check(draft: Draft) -> None:
    if draft.per not in (PER_UNIT, PER_OWNER):
        raise Problem(
            "bad_choice", N_("Choose one ballot for each dwelling, or one for each owner."), field="per"
        )
    if not set(draft.kinds) <= set(ESTATE_KINDS):
        raise Problem("bad_choice", N_("Choose kinds of estates from the list."), field="kinds")
    if not draft.first_on <= draft.last_on <= draft.first_on + LONGEST:
        raise Problem(
            "bad_dates", N_("The period ends before it begins, or is longer than two years."), field="last_on"
        )
    if not draft.first_on <= draft.collect_until <= draft.last_on + LONGEST:
        raise Problem(
            "bad_dates", N_("Ballots are collected in the period or within two years after it."),
            field="collect_until",
        )  # fmt: skip


def _told(round_: PropertyRound) -> dict[str, object]:
    return {
        "title": round_.title, "scheme_version": round_.scheme_version_id, "period": round_.period,
        "first_on": round_.first_on.isoformat(), "last_on": round_.last_on.isoformat(),
        "collect_until": round_.collect_until.isoformat(), "per": round_.per, "kinds": round_.kinds,
        "organiser": round_.organiser, "replaces": round_.replaces_id, "reuses": round_.reuses,
    }  # fmt: skip


def candidates(session: Session, round_: PropertyRound) -> list[Candidate]:
    """Estates that the round is about, by name: who manages them, and why some do not take part."""
    kinds = round_.kinds.split()
    estates = [
        estate for estate in estates_below(session, round_.area_id) if not kinds or estate.kind in kinds
    ]
    ids = [estate.id for estate in estates]
    day = min(round_.last_on, current_site().today())
    companies = company_on(session, ids, day)
    months = scheme_of(session, round_).min_service_months
    earlier = company_on(session, ids, _months_before(round_.last_on, months)) if months else companies
    taken = _in_other_rounds(session, round_)
    found = []
    for estate in estates:
        company = companies.get(estate.id)
        why = ""
        if company is None:
            why = NO_COMPANY
        elif earlier.get(estate.id) != company:
            why = TOO_SHORT
        elif estate.id in taken:
            why = ELSEWHERE
        found.append(Candidate(estate, company, why))
    return found


def _months_before(day: date, months: int) -> date:
    # The day after the period, so that a whole year of service is twelve months and not a day more.
    after = day + timedelta(days=1)
    month = after.year * 12 + after.month - 1 - months
    first = date(month // 12, month % 12 + 1, 1)
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=after.day - 1), following - timedelta(days=1))


def _in_other_rounds(session: Session, round_: PropertyRound) -> set[int]:
    """Estates that another round rates by the same scheme for some of the same time: nobody polls until it fits."""
    own = session.get_one(PropertySchemeVersion, round_.scheme_version_id)
    query = (
        select(PropertyEntrant.estate_id)
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .join(PropertySchemeVersion, PropertySchemeVersion.id == PropertyRound.scheme_version_id)
        .where(
            PropertyRound.id.not_in((round_.id, round_.replaces_id or 0)),
            PropertyRound.state.in_((COLLECTING, COMPUTED, PUBLICITY, FINAL)),
            PropertyRound.first_on <= round_.last_on,
            PropertyRound.last_on >= round_.first_on,
            PropertySchemeVersion.area_id == own.area_id,
            PropertySchemeVersion.scheme_id == own.scheme_id,
        )
    )
    return set(session.scalars(query))


def open_round(session: Session, round_: PropertyRound, actor: Actor) -> PropertyRound:
    """Open a drafted round: entrants, companies, scheme version and the roll are frozen, and ballots can come in.

    Raises Conflict bad_state, Problem bad_dates (the time for ballots is over) or no_entrants, Refused own_matter.
    """
    held = locked(session, round_, DRAFT)
    if held.collect_until < current_site().today():
        raise Problem(
            "bad_dates", N_("The last day for ballots is over: choose a later one."), field="collect_until"
        )
    _one_at_a_time(session, held)
    taking_part = [one for one in candidates(session, held) if not one.why]
    if not taking_part:
        raise Problem(
            "no_entrants",
            N_("No estate can take part: enter estates and the contracts of their companies first."),
        )
    session.add_all(
        PropertyEntrant(round_id=held.id, estate_id=one.estate.id, company_id=one.company_id)
        for one in taking_part
    )
    held.state, held.opened_at = COLLECTING, current_site().now()
    session.flush()
    refuse_interested(session, held, actor)
    if held.reuses:
        _take_over(session, held, actor)
    else:
        roll.freeze(session, held)
    households = {entrant.public_id: entrant.households for entrant in entrants_of(session, held)}
    note(
        session, held, "opened", actor, before={"state": DRAFT},
        after={"state": COLLECTING, "entrants": len(households), "households": sum(households.values())},
    )  # fmt: skip
    return held


def _one_at_a_time(session: Session, round_: PropertyRound) -> None:
    """Let whoever opens another round by the same scheme wait: an estate takes part in one of the two."""
    keeps = select(PropertySchemeVersion.area_id).where(PropertySchemeVersion.id == round_.scheme_version_id)
    # Rows that only name the area need not wait.
    session.execute(select(Area.id).where(Area.id == keeps.scalar_subquery()).with_for_update(key_share=True))


def _take_over(session: Session, round_: PropertyRound, actor: Actor) -> None:
    """What was collected in the replaced round counts again: its households, sheets and vetoes."""
    from .sheets import copy_records

    replaced = session.get_one(PropertyRound, round_.replaces_id)
    earlier, scheme = (
        {one.estate_id: one for one in entrants_of(session, replaced)},
        scheme_of(session, round_),
    )
    for entrant in entrants_of(session, round_):
        source = earlier.get(entrant.estate_id)
        if source is not None:
            entrant.households = source.households
            copy_records(session, scheme, source, entrant, actor)
    session.flush()
