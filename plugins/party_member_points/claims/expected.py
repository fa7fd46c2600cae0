"""What claims would bring: their members scored as if all that waits, these claims with it, were confirmed.

Nothing is stored. About thirty statements, whatever the number of claims.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    DRAFT_IDS,
    PENDING,
    ActivityKind,
    EntryFact,
    canonical_ids,
    chunks,
    current_site,
    groups,
)

from ..facts import MemberFacts, gather
from ..mapping import Event
from ..schemes import AreaRules
from ..scoring import result_of
from ..services import Score, scores_of
from .models import WAITING, PointsClaim
from .offers import Offer, Offers, offers_by_area
from .services import content_of
from .settling import entry_draft


@dataclass(frozen=True)
class Expected:
    """What one claim would bring, printed.

    ``points`` is "" where the item is only summed up over the period; ``reason`` (of the scorer's reasons) says why it
    would count for nothing. ``total`` is what the member has now, ``then`` with all that waits. ``stays`` when this
    claim moves nothing, for a cap is full.
    """

    period: str
    points: str
    reason: str
    total: str
    then: str
    stays: bool


def expected_of(session: Session, claims: Collection[PointsClaim]) -> dict[str, Expected]:
    """By public id, what each claim would bring beside everything else of its member that waits; claims of people who
    are no members, and of days without a scheme, are left out."""
    if not claims:
        return {}
    kept = canonical_ids(session, {claim.person_id for claim in claims})
    asked: dict[int, list[PointsClaim]] = defaultdict(list)
    for claim in claims:
        asked[kept[claim.person_id]].append(claim)
    others = _others(session, asked)
    members, rules, confirmed_once = gather(session, sorted(asked))
    every = [*claims, *(claim for own in others.values() for claim in own)]
    offers = offers_by_area(session, {claim.area_id for claim in every})
    kinds = _kinds(session, every)
    found: dict[str, Expected] = {}
    for member in members:
        for claim in asked[member.person_id]:
            rest = [other for other in others[member.person_id] if other.id != claim.id]
            without = with_claims(member, rest, offers, kinds)
            whole = with_claims(member, [*rest, claim], offers, kinds)
            shown = _compare(without, whole, rules[member.area_id], confirmed_once, claim)
            if shown is not None:
                found[claim.public_id] = shown
    return found


def _others(session: Session, asked: Mapping[int, Sequence[PointsClaim]]) -> dict[int, list[PointsClaim]]:
    """Every waiting claim of these members, with those that are asked about, by kept id."""
    kept_of = {row: kept for kept, rows in groups(session, asked).items() for row in rows}
    found: dict[int, dict[int, PointsClaim]] = {
        kept: {claim.id: claim for claim in own} for kept, own in asked.items()
    }
    for part in chunks(sorted(kept_of)):
        query = select(PointsClaim).where(PointsClaim.person_id.in_(part), PointsClaim.state.in_(WAITING))
        for claim in session.scalars(query):
            found[kept_of[claim.person_id]][claim.id] = claim
    return {kept: [claim for claim in own.values() if claim.state in WAITING] for kept, own in found.items()}


def _kinds(session: Session, claims: Collection[PointsClaim]) -> dict[int, tuple[str, bool]]:
    wanted = {claim.kind_id for claim in claims if claim.kind_id is not None}
    rows = session.execute(
        select(ActivityKind.id, ActivityKind.code, ActivityKind.service).where(ActivityKind.id.in_(wanted))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def fact_id(claim: PointsClaim) -> str:
    """The id under which the scorer sees a claim."""
    return f"claim-{claim.public_id}"


def with_claims(
    member: MemberFacts,
    claims: Sequence[PointsClaim],
    offers: Mapping[int, Offers],
    kinds: Mapping[int, tuple[str, bool]],
) -> MemberFacts:
    """A member's facts with claims among them, all of them waiting."""
    entries: list[EntryFact] = []
    events: list[Event] = []
    for place, claim in enumerate(sorted(claims, key=lambda claim: (claim.on_date, claim.id))):
        offer = offers[claim.area_id].by_item.get(claim.item)
        kind = kinds.get(claim.kind_id or 0)
        if offer is not None and offer.kinds and kind is not None:
            entries.append(_as_entry(member, claim, offer, kind, place))
        else:
            events.append(_as_event(claim))
    return replace(
        member,
        entries=[*member.entries, *entries],
        events=[*member.events, *events],
        hopes=member.hopes | {str(event["id"]) for event in events},
    )


def _as_entry(
    member: MemberFacts, claim: PointsClaim, offer: Offer, kind: tuple[str, bool], place: int
) -> EntryFact:
    draft = entry_draft(offer, content_of(claim), member.person_id)
    return EntryFact(
        entry_id=DRAFT_IDS + place,
        public_id=fact_id(claim),
        person_id=member.person_id,
        person_area_id=member.area_id,
        area_id=claim.area_id,
        # No two claims are parts of one activity until they are recorded.
        activity_id=-1 - place,
        kind=kind[0],
        service=kind[1],
        title=draft.title,
        local_date=draft.local_date,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        planned_start=None,
        planned_end=None,
        break_minutes=0,
        quantity=draft.quantity,
        unit=draft.unit,
        role="",
        status=PENDING,
        recorded_at=claim.submitted_at or current_site().now(),
        accepted_late=False,
        voided_at=None,
    )


def _as_event(claim: PointsClaim) -> Event:
    event: Event = {
        "id": fact_id(claim),
        "item": claim.item,
        "on": claim.on_date.isoformat(),
        "rec": (claim.submitted_at or current_site().now()).isoformat(),
        "status": PENDING,
        "attrs": json.loads(claim.attrs or "{}"),
    }
    if claim.quantity is not None:
        event["qty"] = Fraction(claim.quantity, 100)
    if claim.points is not None:
        event["points"] = Fraction(claim.points, 100)
    return event


def _compare(
    without: MemberFacts, whole: MemberFacts, rules: AreaRules, once: Collection[int], claim: PointsClaim
) -> Expected | None:
    ruling = rules.for_day(claim.on_date, current_site().today())
    if ruling is None:
        return None
    after = _score(whole, rules, once, ruling[1])
    before = _score(without, rules, once, ruling[1])
    if after is None or after.then is None:
        return None
    now_is, then = result_of(after.found), result_of(after.then)
    credited: Mapping[str, str] = then["credited"]  # type: ignore[assignment]
    ignored: Mapping[str, str] = then["ignored"]  # type: ignore[assignment]
    base = _total(before)
    name = fact_id(claim)
    return Expected(
        ruling[1],
        credited.get(name, ""),
        ignored.get(name, "") if then["total"] is not None else "not_enrolled",
        str(now_is["total"] or ""),
        str(then["total"] or ""),
        stays=base == then["total"] and name in credited,
    )


def _score(member: MemberFacts, rules: AreaRules, once: Collection[int], period: str) -> Score | None:
    return next(iter(scores_of(member, rules, once, current_site().now(), period)), None)


def _total(score: Score | None) -> Any:
    if score is None:
        return None
    return result_of(score.then or score.found)["total"]
