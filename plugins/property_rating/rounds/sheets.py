"""Raters' sheets and vetoes of a round: filled in with their evidence, replaced and taken back with a reason.

Both can change while ballots come in, and after the tally until it is published: then it has to be tallied anew.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Picture,
    Problem,
    Refused,
    attachments,
    clean_text,
    current_site,
    who_acts,
)

from ..registry.queries import accounts_of_company
from ..schemes.numbers import exact, plain
from ..schemes.scheme import PartWeight, Scheme
from .events import note, words
from .finding import bad_state, entrants_of, locked
from .impartial import refuse_interested
from .models import COLLECTING, COMPUTED, PropertyEntrant, PropertyRound
from .records import (
    LIVE,
    REPLACED,
    TAKEN_BACK,
    VETO_CONFIRMED,
    VETO_STATUSES,
    PropertyRaterSheet,
    PropertyVeto,
)
from .services import scheme_of

OPEN_STATES = (COLLECTING, COMPUTED)
SHEET_PHOTOS = "property_sheet"
MOST_DECIMALS = 4
# The base score of a credit scheme that has no parts.
BASE = PartWeight("base", N_("Base score"), Fraction(1))


def rater_parts(scheme: Scheme) -> tuple[PartWeight, ...]:
    """The parts that raters fill in."""
    return scheme.rater_parts if scheme.parts else (BASE,)


def check_not_own(session: Session, entrant: PropertyEntrant, actor: Actor) -> None:
    """Refuse whoever acts for the company that is rated, or for another one of the round.

    Raises Refused forbidden or own_matter.
    """
    if actor.unrestricted:
        return
    linked = accounts_of_company(session, entrant.company_id, current_site().today())
    if linked & who_acts(session, actor).accounts:
        raise Refused("forbidden", N_("You act for the company that is rated: somebody else has to do this."))
    refuse_interested(session, session.get_one(PropertyRound, entrant.round_id), actor)


def read_value(text: str) -> str:
    """A value 0 to 100 with at most four decimals, as people write it; Problem bad_score."""
    try:
        value = exact(unicodedata.normalize("NFKC", clean_text(text)))
    except ValueError:
        value = Fraction(-1)
    if not 0 <= value <= 100 or (value * 10**MOST_DECIMALS).denominator != 1:
        raise Problem(
            "bad_score",
            N_("Give a number from 0 to 100 with at most four decimals, such as 89.5."),
            field="value",
        )
    return plain(value)


def fill_sheet(
    session: Session,
    round_: PropertyRound,
    entrant: PropertyEntrant,
    part: str,
    rater: str,
    value: str,
    evidence: str,
    actor: Actor,
    *,
    reason: str = "",
    photos: Sequence[Picture] = (),
) -> PropertyRaterSheet:
    """Record what ``rater`` gives an entrant in a part; an earlier sheet of theirs is replaced for ``reason``.

    Raises Problem bad_choice, bad_text, bad_score, reason_required or too_many_photos, Refused forbidden,
    Conflict bad_state.
    """
    held = locked(session, round_, *OPEN_STATES)
    if part not in {one.id for one in rater_parts(scheme_of(session, held))}:
        raise Problem("bad_choice", N_("Choose a part of the scheme that raters fill in."), field="part")
    check_not_own(session, entrant, actor)
    rater = words(rater, field="rater", most=60, needed=False)
    if not rater:
        raise Problem("bad_text", N_("Write which body or expert gives this value."), field="rater")
    value, evidence = read_value(value), words(evidence, field="evidence", most=1000)
    earlier = _live_sheet(session, entrant, part, rater)
    if earlier is not None or held.state == COMPUTED:
        reason = words(reason)
    if earlier is not None:
        earlier.state = REPLACED
        session.flush()
    sheet = PropertyRaterSheet(
        entrant_id=entrant.id, part=part, rater=rater, no=1 if earlier is None else earlier.no + 1, value=value,
        evidence=evidence, recorded_at=current_site().now(), recorded_by=actor.label,
        recorded_by_account=actor.account_id,
    )  # fmt: skip
    session.add(sheet)
    session.flush()
    for photo in photos:
        attachments.keep(
            session, held.area_id, photo, actor, subject_type=SHEET_PHOTOS, subject_id=sheet.public_id
        )
    note(
        session, held, "sheet", actor, entrant=entrant, reason=reason,
        before={} if earlier is None else {"value": earlier.value},
        after={"part": part, "rater": rater, "value": value},
    )  # fmt: skip
    return sheet


def _live_sheet(
    session: Session, entrant: PropertyEntrant, part: str, rater: str
) -> PropertyRaterSheet | None:
    return session.scalar(
        select(PropertyRaterSheet).where(
            PropertyRaterSheet.entrant_id == entrant.id, PropertyRaterSheet.part == part,
            PropertyRaterSheet.rater == rater, PropertyRaterSheet.state == LIVE,
        )
    )  # fmt: skip


def take_back_sheet(
    session: Session, round_: PropertyRound, sheet: PropertyRaterSheet, reason: str, actor: Actor
) -> None:
    """Take a sheet back for ``reason``. Raises Problem reason_required, Refused forbidden, Conflict bad_state."""
    held = locked(session, round_, *OPEN_STATES)
    reason = words(reason)
    entrant = session.get_one(PropertyEntrant, sheet.entrant_id)
    check_not_own(session, entrant, actor)
    session.refresh(sheet, with_for_update=True)
    if sheet.state != LIVE:
        raise bad_state()
    sheet.state = TAKEN_BACK
    note(
        session, held, "sheet_back", actor, entrant=entrant, reason=reason,
        before={"part": sheet.part, "rater": sheet.rater, "value": sheet.value},
    )  # fmt: skip


def record_veto(
    session: Session,
    round_: PropertyRound,
    entrant: PropertyEntrant,
    event: str,
    status: str,
    actor: Actor,
    *,
    document_no: str = "",
    decided_on: date | None = None,
    about: str = "",
    reason: str = "",
) -> PropertyVeto:
    """Record an event of the scheme's veto list; it counts when confirmed by a numbered decision in the period.

    An earlier one of the same event is replaced, unless both are confirmed by decisions of their own. Raises Problem
    bad_choice, document_required, bad_dates or reason_required (after the tally, and to replace a confirmed one),
    Refused forbidden, Conflict bad_state.
    """
    held = locked(session, round_, *OPEN_STATES)
    check_not_own(session, entrant, actor)
    event = words(event, field="event", most=60, needed=False)
    _check_veto(scheme_of(session, held), event, status)
    document_no = words(document_no, field="document_no", most=60, needed=False)
    if status == VETO_CONFIRMED and not (document_no and decided_on):
        raise Problem(
            "document_required",
            N_("A confirmed event needs the number and the day of the decision."),
            field="document_no",
        )
    if decided_on is not None and decided_on > current_site().today():
        raise Problem("bad_dates", N_("This day is still to come."), field="decided_on")
    replaced = _replaced_by(session, entrant, event, status, document_no)
    # What was confirmed is not given up in passing.
    if held.state == COMPUTED or any(earlier.status == VETO_CONFIRMED for earlier in replaced):
        reason = words(reason)
    for earlier in replaced:
        earlier.state = REPLACED
    veto = PropertyVeto(
        entrant_id=entrant.id, event=event, note=words(about, field="about", needed=False), document_no=document_no,
        decided_on=decided_on, status=status, recorded_at=current_site().now(), recorded_by=actor.label,
        recorded_by_account=actor.account_id,
    )  # fmt: skip
    session.add(veto)
    session.flush()
    note(
        session, held, "veto", actor, entrant=entrant, reason=reason, before=_given_up(replaced),
        after={"event": event, "status": status, "document_no": document_no},
    )  # fmt: skip
    return veto


def _replaced_by(
    session: Session, entrant: PropertyEntrant, event: str, status: str, document_no: str
) -> list[PropertyVeto]:
    """Earlier events of the same kind; two decisions about it both stand."""
    return [
        earlier
        for earlier in vetoes_of(session, [entrant.id])
        if earlier.event == event
        and not (earlier.status == status == VETO_CONFIRMED and earlier.document_no != document_no)
    ]


def _given_up(replaced: Sequence[PropertyVeto]) -> dict[str, object]:
    """What an event was before, the confirmed one first: it is that which counted."""
    held = sorted(replaced, key=lambda veto: veto.status != VETO_CONFIRMED)
    return {"event": held[0].event, "status": held[0].status} if held else {}


def _check_veto(scheme: Scheme, event: str, status: str) -> None:
    if scheme.veto is None:
        raise Problem("bad_choice", N_("This scheme knows no veto."), field="event")
    if not event or (scheme.veto.events and event not in scheme.veto.events):
        raise Problem("bad_choice", N_("Choose an event of the scheme's list."), field="event")
    if status not in VETO_STATUSES:
        raise Problem("bad_choice", N_("Choose whether the event is alleged or confirmed."), field="status")


def take_back_veto(
    session: Session, round_: PropertyRound, veto: PropertyVeto, reason: str, actor: Actor
) -> None:
    """Take a veto back for ``reason``. Raises Problem reason_required, Refused forbidden, Conflict bad_state."""
    held = locked(session, round_, *OPEN_STATES)
    reason = words(reason)
    entrant = session.get_one(PropertyEntrant, veto.entrant_id)
    check_not_own(session, entrant, actor)
    session.refresh(veto, with_for_update=True)
    if veto.state != LIVE:
        raise bad_state()
    veto.state = TAKEN_BACK
    note(
        session, held, "veto_back", actor, entrant=entrant, reason=reason,
        before={"event": veto.event, "status": veto.status},
    )  # fmt: skip


def sheets_of(session: Session, entrant_ids: Sequence[int]) -> list[PropertyRaterSheet]:
    """Sheets that stand, by part and rater."""
    query = select(PropertyRaterSheet).where(
        PropertyRaterSheet.entrant_id.in_(entrant_ids), PropertyRaterSheet.state == LIVE
    )
    return list(session.scalars(query.order_by(PropertyRaterSheet.part, PropertyRaterSheet.id)))


def vetoes_of(session: Session, entrant_ids: Sequence[int]) -> list[PropertyVeto]:
    """Vetoes that stand, alleged ones too, by id."""
    query = select(PropertyVeto).where(PropertyVeto.entrant_id.in_(entrant_ids), PropertyVeto.state == LIVE)
    return list(session.scalars(query.order_by(PropertyVeto.id)))


def in_period(round_: PropertyRound, veto: PropertyVeto) -> bool:
    """Whether a veto's decision is of a day inside the round's period."""
    return veto.decided_on is not None and round_.first_on <= veto.decided_on <= round_.last_on


def means(sheets: Sequence[PropertyRaterSheet]) -> dict[int, dict[str, Fraction]]:
    """Entrant -> part -> the exact mean of its raters' values."""
    values: dict[tuple[int, str], list[Fraction]] = {}
    for sheet in sheets:
        values.setdefault((sheet.entrant_id, sheet.part), []).append(exact(sheet.value))
    found: dict[int, dict[str, Fraction]] = {}
    for (entrant, part), given in values.items():
        found.setdefault(entrant, {})[part] = sum(given, Fraction(0)) / len(given)
    return found


def missing_sheets(
    session: Session, round_: PropertyRound, entrants: Sequence[PropertyEntrant] | None = None
) -> dict[int, list[PartWeight]]:
    """Entrant -> the parts for which no rater has filled in a sheet; entrants that lack none are absent."""
    rows = entrants_of(session, round_) if entrants is None else entrants
    given = means(sheets_of(session, [row.id for row in rows]))
    parts = rater_parts(scheme_of(session, round_))
    lacking = {row.id: [part for part in parts if part.id not in given.get(row.id, {})] for row in rows}
    return {entrant: parts_ for entrant, parts_ in lacking.items() if parts_}


def copy_records(
    session: Session, scheme: Scheme, source: PropertyEntrant, target: PropertyEntrant, actor: Actor
) -> None:
    """Give ``target`` the sheets and vetoes that stand for ``source``; only parts and events of its ``scheme``.

    Photos stay with the first sheet and are shown with the copy too.
    """
    parts = {part.id for part in rater_parts(scheme)}
    stamp = {
        "recorded_at": current_site().now(), "recorded_by": actor.label, "recorded_by_account": actor.account_id,
    }  # fmt: skip
    for sheet in sheets_of(session, [source.id]):
        if sheet.part not in parts:
            continue
        session.add(
            PropertyRaterSheet(
                entrant_id=target.id, part=sheet.part, rater=sheet.rater, value=sheet.value,
                evidence=sheet.evidence, photos_of_id=sheet.photos_of_id or sheet.id, **stamp,
            )
        )  # fmt: skip
    for veto in vetoes_of(session, [source.id]):
        if scheme.veto is None or (scheme.veto.events and veto.event not in scheme.veto.events):
            continue
        session.add(
            PropertyVeto(
                entrant_id=target.id, event=veto.event, note=veto.note, document_no=veto.document_no,
                decided_on=veto.decided_on, status=veto.status, **stamp,
            )
        )  # fmt: skip
