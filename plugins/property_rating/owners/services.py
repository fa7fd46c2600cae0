"""Proofs of ownership: noted by staff who saw a paper or the register, ended when a dwelling changes hands.

Nothing of the paper is kept. Of several owners one votes; to name another takes the vote from the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
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
    chunks,
    current_site,
    who_acts,
)

from ..registry.models import PropertyCompanyAccount, PropertyContract, PropertyDwelling, PropertyEstate
from ..registry.queries import lasts
from .models import METHODS, PropertyOwnerProof


def bad_method() -> Problem:
    """What is answered where nobody says how ownership was checked."""
    return Problem("bad_method", N_("Choose how it was checked."), field="method")


def _area_of(session: Session, dwelling: PropertyDwelling) -> int:
    return session.get_one(PropertyEstate, dwelling.estate_id).area_id


def _refuse_interested(session: Session, dwellings: Collection[int], actor: Actor) -> None:
    """Whoever acts for the company of an estate does not say who votes on it; raises Refused own_matter."""
    accounts = () if actor.unrestricted else who_acts(session, actor).accounts
    if not accounts:
        return
    contract, link, today = PropertyContract, PropertyCompanyAccount, current_site().today()
    query = (
        select(PropertyDwelling.id)
        .join(contract, contract.estate_id == PropertyDwelling.estate_id)
        .join(link, link.company_id == contract.company_id)
        .where(
            lasts(contract.from_on, contract.to_on, today),
            lasts(link.from_on, link.to_on, today),
            link.account_id.in_(accounts),
        )
    )
    for part in chunks(dwellings):
        if session.scalar(query.where(PropertyDwelling.id.in_(part)).limit(1)) is not None:
            raise Refused(
                "own_matter",
                N_("You act for the company that manages this estate: somebody else notes its owners."),
            )


def _open_proofs(session: Session, dwelling: PropertyDwelling) -> list[PropertyOwnerProof]:
    # The dwelling is locked: two who name a voter at once would both find none.
    session.refresh(dwelling, with_for_update=True)
    query = select(PropertyOwnerProof).where(
        PropertyOwnerProof.dwelling_id == dwelling.id, PropertyOwnerProof.ended_on.is_(None)
    )
    return list(session.scalars(query.order_by(PropertyOwnerProof.id)))


def prove(
    session: Session,
    dwelling: PropertyDwelling,
    person: Person,
    method: str,
    actor: Actor,
    *,
    on: date | None = None,
    votes: bool | None = None,
) -> PropertyOwnerProof:
    """Note that somebody was checked to own a dwelling; they vote for it unless another owner does (``votes`` None).

    Raises Problem bad_method, bad_date or unsold, Conflict already_proven or voter_named, Refused self_check for one's
    own dwelling and own_matter for those who act for the company of the estate.
    """
    if method not in METHODS:
        raise bad_method()
    today = current_site().today()
    if on is not None and on > today:
        raise Problem("bad_date", N_("That day has not come yet."), field="on")
    if dwelling.unsold or dwelling.closed_on is not None:
        raise Problem("unsold", N_("This dwelling is not sold, or not there any more."), field="dwelling")
    kept = canonical_ids(session, [person.id])[person.id]
    if not actor.unrestricted and who_acts(session, actor).person == kept:
        raise Refused("self_check", N_("Somebody else has to check that a dwelling is yours."))
    _refuse_interested(session, [dwelling.id], actor)
    there = _open_proofs(session, dwelling)
    people = canonical_ids(session, [proof.person_id for proof in there])
    if any(people[proof.person_id] == kept for proof in there):
        raise Conflict("already_proven", N_("This is noted already."), field="person")
    named = any(proof.votes for proof in there)
    if votes and named:
        raise Conflict(
            "voter_named", N_("The owners have named another one of them, who votes."), field="votes"
        )
    proof = PropertyOwnerProof(
        person_id=kept, dwelling_id=dwelling.id, votes=not named if votes is None else votes, method=method,
        checked_on=on or today, checked_at=current_site().now(), checked_by=actor.label,
    )  # fmt: skip
    session.add(proof)
    session.flush()
    audit.write(
        session, actor, "property.owner_proven", "property_owner_proof", proof.public_id,
        area_id=_area_of(session, dwelling),
        after={"dwelling": dwelling.public_id, "method": method, "votes": proof.votes},
    )  # fmt: skip
    return proof


def name_voter(session: Session, proof: PropertyOwnerProof, actor: Actor) -> None:
    """Let this owner vote for the dwelling instead of the one who did.

    Raises Conflict proof_ended, Refused self_check for oneself, own_matter.
    """
    dwelling = session.get_one(PropertyDwelling, proof.dwelling_id)
    owner = canonical_ids(session, [proof.person_id])[proof.person_id]
    if not actor.unrestricted and who_acts(session, actor).person == owner:
        raise Refused("self_check", N_("Somebody else has to check that a dwelling is yours."))
    _refuse_interested(session, [dwelling.id], actor)
    there = _open_proofs(session, dwelling)
    if proof not in there:
        raise _ended()
    if proof.votes:
        return
    before = next((other.public_id for other in there if other.votes), "")
    for other in there:
        other.votes = False
    # The one who voted lets go first: only one may, at every instant.
    session.flush()
    proof.votes = True
    session.flush()
    audit.write(
        session, actor, "property.voter_named", "property_owner_proof", proof.public_id,
        area_id=_area_of(session, dwelling), before={"proof": before}, after={"proof": proof.public_id},
    )  # fmt: skip


def end(session: Session, proof: PropertyOwnerProof, actor: Actor) -> None:
    """Note that somebody owns the dwelling no longer; raises Conflict proof_ended, Refused own_matter.

    A ballot that they cast before stays counted: it was that of the household.
    """
    _refuse_interested(session, [proof.dwelling_id], actor)
    session.refresh(proof, with_for_update=True)
    if proof.ended_on is not None:
        raise _ended()
    proof.ended_on = current_site().today()
    dwelling = session.get_one(PropertyDwelling, proof.dwelling_id)
    session.flush()
    audit.write(
        session, actor, "property.owner_ended", "property_owner_proof", proof.public_id,
        area_id=_area_of(session, dwelling), before={"dwelling": dwelling.public_id},
    )  # fmt: skip


def _ended() -> Conflict:
    return Conflict("proof_ended", N_("This owner was taken off already."))


@dataclass(frozen=True)
class Noted:
    """What became of owners whom a list names: noted, there already, and dwellings where others vote."""

    noted: int = 0
    known: int = 0


def prove_many(
    session: Session, area_id: int, owners: Iterable[tuple[int, int]], actor: Actor, method: str = "register",
    *, import_id: int | None = None,
) -> Noted:  # fmt: skip
    """Note owners whom a list names that was checked in one way: pairs of dwelling and person (row ids).

    For imports: the first owner of a dwelling votes unless another one does, and pairs that are noted already or that
    are the actor's own are passed over. A few statements for any number of pairs. Raises Problem bad_method,
    Refused own_matter.
    """
    if method not in METHODS:
        raise bad_method()
    pairs = list(dict.fromkeys(owners))
    _refuse_interested(session, {dwelling for dwelling, _person in pairs}, actor)
    kept = canonical_ids(session, {person for _dwelling, person in pairs})
    there: dict[int, set[int]] = {}
    voting: set[int] = set()
    for part in chunks(sorted({dwelling for dwelling, _person in pairs})):
        # Locked like a single one: two who name a voter at once would both find none.
        session.execute(
            select(PropertyDwelling.id).where(PropertyDwelling.id.in_(part)).order_by(PropertyDwelling.id)
            .with_for_update()
        )  # fmt: skip
        query = select(
            PropertyOwnerProof.dwelling_id, PropertyOwnerProof.person_id, PropertyOwnerProof.votes
        ).where(PropertyOwnerProof.dwelling_id.in_(part), PropertyOwnerProof.ended_on.is_(None))
        for dwelling, person, votes in session.execute(query):
            there.setdefault(dwelling, set()).add(person)
            if votes:
                voting.add(dwelling)
    site, noted = current_site(), 0
    own = None if actor.unrestricted else who_acts(session, actor).person
    for dwelling, person in pairs:
        owner = kept[person]
        if owner in there.setdefault(dwelling, set()) or owner == own:
            continue
        session.add(
            PropertyOwnerProof(
                person_id=owner, dwelling_id=dwelling, votes=dwelling not in voting, method=method,
                checked_on=site.today(), checked_at=site.now(), checked_by=actor.label, import_id=import_id,
            )
        )  # fmt: skip
        there[dwelling].add(owner)
        voting.add(dwelling)
        noted += 1
    session.flush()
    if noted:
        audit.write(
            session, actor, "property.owner_proven", "area", str(area_id), area_id=area_id, count=noted,
            after={"method": method},
        )  # fmt: skip
    return Noted(noted, len(pairs) - noted)
