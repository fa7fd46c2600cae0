"""Owners who signed an appeal on paper: staff enter each for its dwelling, and a second person compares it.

A signature counts once, for an owner on the roll who votes for that dwelling, and only after somebody else has looked
at it where the house asks for a second person. Names are shown to those who compare, and to nobody else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Person,
    Problem,
    Refused,
    audit,
    canonical_ids,
    current_site,
    normalise_text,
    rows_of,
    who_acts,
)

from ..ballots import roll
from ..owners.models import PropertyOwnerProof
from ..owners.reach import dwelling_within
from ..registry.models import PropertyDwelling, PropertyEstate
from ..registry.queries import dwelling_labels
from .appealing import (
    MOST_WORDS,
    add_appeal,
    check_running,
    count_support,
    supporters_of,
    supports_of,
    votes_needed,
)
from .events import words
from .finding import bad_state, locked
from .impartial import refuse_interested, second_person_asked
from .models import PUBLICITY, PropertyEntrant, PropertyRound
from .records import BY_STAFF, GATHERING, OPEN, OWNERS, PropertyAppeal, PropertyAppealSupport
from .tally import ballots_round


@dataclass(frozen=True)
class Signature:
    """What stands on the list: the dwelling, the owner's name as it is written, and how the paper came."""

    dwelling: PropertyDwelling
    owner: str
    method: str


def enter(
    session: Session, round_: PropertyRound, appeal: PropertyAppeal, signed: Signature, actor: Actor
) -> PropertyAppealSupport:
    """Enter a signature for an appeal of owners, within the time for appeals.

    Raises Conflict bad_state, appeal_closed or already_supports, Problem bad_method, Refused not_eligible,
    not_verified, not_owner or own_matter.
    """
    held = locked(session, round_)
    check_running(session, held)
    session.refresh(appeal, with_for_update=True)
    if appeal.side != OWNERS or appeal.state not in (GATHERING, OPEN):
        raise bad_state()
    entrant = session.get_one(PropertyEntrant, appeal.entrant_id)
    owner = _signer(session, held, entrant, signed, actor)
    if not rows_of(session, [owner]).isdisjoint(supporters_of(session, appeal, waiting=True)):
        raise Conflict("already_supports", N_("This owner stands behind the appeal already."), field="owner")
    return _entered(session, held, appeal, signed, owner, actor)


def raise_for(
    session: Session,
    round_: PropertyRound,
    entrant: PropertyEntrant,
    signed: Signature,
    text: str,
    actor: Actor,
) -> PropertyAppeal:
    """Write down an appeal of owners that came on paper, with the first signature under it.

    Raises what ``enter`` does, Problem reason_required, Conflict appeal_pending.
    """
    held = locked(session, round_)
    check_running(session, held)
    owner = _signer(session, held, entrant, signed, actor)
    text = words(text, field="text", most=MOST_WORDS)
    appeal = add_appeal(
        session, held, entrant, OWNERS, text, GATHERING, actor,
        needed=votes_needed(session, held, entrant), person=owner,
    )  # fmt: skip
    _entered(session, held, appeal, signed, owner, actor)
    return appeal


def _signer(
    session: Session, held: PropertyRound, entrant: PropertyEntrant, signed: Signature, actor: Actor
) -> int:
    """The owner who votes for the dwelling, as the row that is kept of them, if it is they who signed."""
    refuse_interested(session, held, actor)
    if signed.method not in BY_STAFF:
        raise Problem("bad_method", N_("Choose how the signature came in."), field="method")
    source = ballots_round(session, held)
    voter = roll.by_dwelling(session, source, signed.dwelling.public_id)
    if session.get_one(PropertyEntrant, voter.entrant_id).estate_id != entrant.estate_id:
        raise Refused("not_eligible", N_("This dwelling belongs to another estate."), field="dwelling")
    name = normalise_text(signed.owner)
    voting = _owner_called(session, signed.dwelling.id, name)
    kept = canonical_ids(session, [voting])[voting]
    if not actor.unrestricted and who_acts(session, actor).person == kept:
        raise Refused("own_matter", N_("Support it on your own page: nobody enters their own signature."))
    return kept


def _owner_called(session: Session, dwelling_id: int, name: str) -> int:
    proofs = session.execute(
        select(Person.id, Person.name, PropertyOwnerProof.votes)
        .join(PropertyOwnerProof, PropertyOwnerProof.person_id == Person.id)
        .where(PropertyOwnerProof.dwelling_id == dwelling_id, PropertyOwnerProof.ended_on.is_(None))
    ).all()
    if not proofs:
        raise Refused(
            "not_verified",
            N_("Nobody was checked to own this dwelling: note its owner first."),
            field="dwelling",
        )
    called = [(person, votes) for person, known, votes in proofs if normalise_text(known) == name]
    if not called:
        raise Refused("not_owner", N_("No owner of this dwelling has this name."), field="owner")
    voting = next((person for person, votes in called if votes), None)
    if voting is None:
        raise Refused("not_eligible", roll.CO_OWNER, field="owner")
    return int(voting)


def _entered(
    session: Session, held: PropertyRound, appeal: PropertyAppeal, signed: Signature, owner: int, actor: Actor
) -> PropertyAppealSupport:
    waits = not actor.unrestricted and second_person_asked(session, held.area_id)
    row = PropertyAppealSupport(
        appeal_id=appeal.id, person_id=owner, joined_on=current_site().today(), method=signed.method,
        dwelling_id=signed.dwelling.id, waits=waits, entered_by=actor.label, entered_by_account=actor.account_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    # Neither the audit log nor the history of the round names the dwelling or the owner.
    _note(session, held, appeal, "property.support_entered", actor, 1, method=signed.method, waits=waits)
    count_support(session, held, appeal, actor)
    return row


def _note(
    session: Session, held: PropertyRound, appeal: PropertyAppeal, event: str, actor: Actor, count: int, **told: object
) -> None:  # fmt: skip
    audit.write(
        session,
        actor,
        event,
        "property_appeal",
        appeal.public_id,
        area_id=held.area_id,
        count=count,
        after=told,
    )


def count(
    session: Session, round_: PropertyRound, appeal: PropertyAppeal, chosen: Collection[str], actor: Actor
) -> int:
    """Let signatures (outside ids) count that somebody else entered and that agree with the paper; returns how many.

    What was entered in time may be compared later, as long as the result is not final. Raises Conflict bad_state,
    Problem another_person_needed, Refused own_matter.
    """
    held, rows = _waiting(session, round_, appeal, chosen, actor)
    who = who_acts(session, actor)
    own = [row for row in rows if who.did(row.entered_by_account, row.entered_by)]
    if own and not actor.unrestricted:
        raise Problem(
            "another_person_needed", N_("You entered these signatures: somebody else has to compare them.")
        )
    for row in rows:
        row.waits = False
    _note(session, held, appeal, "property.support_counted", actor, len(rows))
    count_support(session, held, appeal, actor)
    return len(rows)


def strike(
    session: Session, round_: PropertyRound, appeal: PropertyAppeal, chosen: Collection[str], actor: Actor
) -> int:
    """Take out signatures that do not agree with the paper, before they count; returns how many.

    Raises Conflict bad_state, Refused own_matter.
    """
    held, rows = _waiting(session, round_, appeal, chosen, actor)
    for row in rows:
        session.delete(row)
    session.flush()
    _note(session, held, appeal, "property.support_struck", actor, len(rows))
    return len(rows)


def _waiting(
    session: Session, round_: PropertyRound, appeal: PropertyAppeal, chosen: Collection[str], actor: Actor
) -> tuple[PropertyRound, list[PropertyAppealSupport]]:
    held = locked(session, round_, PUBLICITY)
    session.refresh(appeal, with_for_update=True)
    if appeal.state not in (GATHERING, OPEN):
        raise bad_state()
    refuse_interested(session, held, actor)
    rows = [one for one in supports_of(session, appeal) if one.waits and one.public_id in chosen]
    if not rows:
        raise Conflict("bad_state", N_("Somebody has looked at these signatures already."))
    return held, rows


@dataclass(frozen=True)
class WaitingLine:
    """A signature that waits: what to compare with the paper."""

    public_id: str
    name: str
    door: str
    method: str
    entered_by: str
    own: bool


def waiting_lines(session: Session, appeal: PropertyAppeal, actor: Actor, area_id: int) -> list[WaitingLine]:
    """Signatures of an appeal that nobody else has looked at, in the order in which they were entered.

    Of dwellings that staff of an area work with: a grid compares those of its own people.
    """
    rows = session.execute(
        select(PropertyAppealSupport, Person.name)
        .join(Person, Person.id == PropertyAppealSupport.person_id)
        .join(PropertyDwelling, PropertyDwelling.id == PropertyAppealSupport.dwelling_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
        .where(PropertyAppealSupport.appeal_id == appeal.id, PropertyAppealSupport.waits.is_(True))
        .where(dwelling_within(area_id))
        .order_by(PropertyAppealSupport.id)
    ).all()
    doors = dwelling_labels(session, [row.dwelling_id or 0 for row, _name in rows])
    who = who_acts(session, actor)
    return [
        WaitingLine(
            row.public_id, name, doors.get(row.dwelling_id or 0, ""), row.method, row.entered_by,
            who.did(row.entered_by_account, row.entered_by),
        )
        for row, name in rows
    ]  # fmt: skip


def waiting_counts(session: Session, appeal_ids: Collection[int]) -> dict[int, int]:
    """Appeal -> how many of its signatures wait for a second person; appeals without any are absent."""
    query = (
        select(PropertyAppealSupport.appeal_id, func.count())
        .where(PropertyAppealSupport.appeal_id.in_(appeal_ids), PropertyAppealSupport.waits.is_(True))
        .group_by(PropertyAppealSupport.appeal_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
