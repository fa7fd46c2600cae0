"""A sheet of the registry: kept to be looked over, applied in one go, dropped, taken back.

``planning`` says what it adds, and it only adds. So the same sheet twice changes nothing, and
taking an import back leaves what was there before.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    SYSTEM,
    Actor,
    Area,
    Base,
    Conflict,
    PersonAlias,
    audit,
    chunks,
    current_site,
    new_public_id,
    normalise_name,
    subtree,
    unit_of_work,
)

from ..ballots.models import PropertyVoter
from ..owners.models import PropertyOwnerProof
from ..owners.services import prove_many
from ..rounds.models import PropertyEntrant
from ..rounds.records import PropertyAppeal, PropertyAppealSupport
from .companies import home_of
from .models import (
    PropertyBuilding,
    PropertyCompany,
    PropertyContract,
    PropertyDwelling,
    PropertyEstate,
    PropertyImport,
    PropertyManager,
)
from .planning import OWNERS, Plan, plan_of
from .queries import known_in
from .sheets import Sheet, pack, unpack

OPEN, APPLIED, DROPPED, UNDONE = "open", "applied", "dropped", "undone"
STATES = {
    OPEN: N_("to be looked over"),
    APPLIED: N_("applied"),
    DROPPED: N_("dropped"),
    UNDONE: N_("taken back"),
}
# In this order they go when an import is taken back.
_TABLES: tuple[type[Base], ...] = (
    PropertyOwnerProof, PropertyManager, PropertyContract, PropertyDwelling, PropertyBuilding, PropertyEstate,
    PropertyCompany,
)  # fmt: skip


# A sheet that nobody applied is forgotten after so many days: it may name people.
KEPT_DAYS = 7


def take(session: Session, area: Area, file_name: str, sheet: Sheet, actor: Actor) -> PropertyImport:
    """Keep a sheet that was read, to be looked over."""
    rows = sheet.rows
    told = {"rows": len(rows), "read": sheet.read, "unread": sheet.unread, "passed": sheet.passed}
    made = PropertyImport(
        area_id=area.id, file_name=file_name[-200:], state=OPEN, rows=pack(rows),
        counts=json.dumps(told, ensure_ascii=False), created_at=current_site().now(), created_by=actor.label,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.write(
        session, actor, "property.import_taken", "property_import", made.public_id, area_id=area.id,
        count=len(rows),
    )  # fmt: skip
    return made


def import_of(session: Session, area_id: int, public_id: str, *, lock: bool = False) -> PropertyImport | None:
    """The import of an area or below with this outside id; None where there is none."""
    query = select(PropertyImport).where(
        PropertyImport.public_id == public_id, PropertyImport.area_id.in_(subtree(area_id))
    )
    return session.scalar(query.with_for_update() if lock else query)


def counts_of(found: PropertyImport) -> dict[str, Any]:
    """How many things of each table an import brought, its ``rows``, ``faults`` and ``remarks``, the owners ``left``
    out, the ``unsold`` dwellings; and what ``Sheet`` says of its columns and rows: ``read``, ``unread``, ``passed``."""
    counts: dict[str, Any] = json.loads(found.counts)
    return counts


def apply(session: Session, found: PropertyImport, actor: Actor, checked: str = "") -> dict[str, int]:
    """Add what the sheet adds as things stand now, faulty rows left out; how many things of each table.

    Owners are noted where ``checked`` says how it was checked that they are, a method of proofs, and left out
    otherwise. Raises Conflict bad_state where the sheet was applied or dropped, Problem bad_method.
    """
    if found.state != OPEN:
        raise Conflict("bad_state", N_("This sheet was applied or dropped already."))
    area = session.get_one(Area, found.area_id)
    home = home_of(session, area)
    # Nobody adds companies or another sheet meanwhile.
    session.refresh(home, with_for_update=True)
    rows = unpack(found.rows)
    plan = plan_of(session, area, rows, actor)
    _insert(session, found, home, plan, actor)
    counts = {**plan.counts, OWNERS: 0, "rows": len(rows), "faults": len(plan.faults)}
    if checked:
        pairs = _owners(session, found, plan)
        counts[OWNERS] = prove_many(session, area.id, pairs, actor, checked, import_id=found.id).noted
    # Owners who could have been noted, and the rows of which something was said.
    counts["left"], counts["remarks"] = len(plan.owners) - counts[OWNERS], len(plan.remarks)
    counts["unsold"] = plan.unsold
    found.state, found.rows, found.finished_at = APPLIED, b"", current_site().now()
    found.counts = json.dumps({**counts_of(found), **counts}, ensure_ascii=False)
    audit.write(
        session, actor, "property.import_applied", "property_import", found.public_id, area_id=area.id,
        after=counts, count=sum(plan.counts.values()),
    )  # fmt: skip
    return counts


def _insert(session: Session, found: PropertyImport, home: Area, plan: Plan, actor: Actor) -> None:
    stamp = {"created_at": current_site().now(), "created_by": actor.label}
    _many(
        session, PropertyCompany, found,
        ({"area_id": home.id, "uscc": uscc, **stamp, **more} for uscc, more in plan.companies.items()),
    )  # fmt: skip
    _many(
        session, PropertyEstate, found,
        ({"area_id": key[0], "name": key[1], **stamp, **more} for key, more in plan.estates.items()),
    )  # fmt: skip
    estates = select(PropertyEstate.area_id, PropertyEstate.name, PropertyEstate.id)
    estate = {
        (area_id, name): row_id
        for area_id, name, row_id in session.execute(
            estates.where(PropertyEstate.area_id.in_(subtree(found.area_id)))
        )
    }
    _many(
        session, PropertyBuilding, found,
        ({"estate_id": estate[area, name], "name": one} for area, name, one in plan.buildings),
    )  # fmt: skip
    building = _buildings(session, {estate[key[0], key[1]] for key in plan.dwellings})
    _many(
        session, PropertyDwelling, found,
        (
            {
                "estate_id": estate[area, name], "building_id": building[estate[area, name], where],
                "number": number, "unsold": unsold,
            }
            for (area, name, where, number), unsold in plan.dwellings.items()
        ),
    )  # fmt: skip
    _insert_contracts(session, found, plan, estate, stamp)


def _insert_contracts(
    session: Session,
    found: PropertyImport,
    plan: Plan,
    estate: Mapping[tuple[int, str], int],
    stamp: Mapping[str, Any],
) -> None:
    """Who manages which estate, by the ids of the estates that are there by now."""
    companies = select(PropertyCompany.uscc, PropertyCompany.id).where(known_in(found.area_id))
    company = {row.uscc: row.id for row in session.execute(companies)}
    _many(
        session, PropertyContract, found,
        (
            {
                "estate_id": estate[area, name], "company_id": company[uscc], "from_on": days[0],
                "to_on": days[1], "document_no": document_no, **stamp,
            }
            for (area, name, uscc, days), document_no in plan.contracts.items()
        ),
    )  # fmt: skip
    _many(
        session, PropertyManager, found,
        (
            {
                "estate_id": estate[key], "company_id": company[one["uscc"]], "name": one["name"],
                "from_on": one["from_on"], **stamp,
            }
            for key, one in plan.managers.items()
        ),
    )  # fmt: skip


def _owners(session: Session, found: PropertyImport, plan: Plan) -> list[tuple[int, int]]:
    """Dwelling and person of the owners of a plan whose dwellings are there now."""
    query = (
        select(
            PropertyEstate.area_id, PropertyEstate.name, PropertyBuilding.name, PropertyDwelling.number,
            PropertyDwelling.id,
        )
        .join(PropertyBuilding, PropertyBuilding.id == PropertyDwelling.building_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
        .where(PropertyEstate.area_id.in_(subtree(found.area_id)))
        .where(PropertyEstate.name.in_({key[1] for key in plan.owners}))
    )  # fmt: skip
    homes = {(area, name, where, number): row for area, name, where, number, row in session.execute(query)}
    return [(homes[key[:4]], key[4]) for key in plan.owners]


def _many(
    session: Session, model: type[Base], found: PropertyImport, rows: Iterable[Mapping[str, Any]]
) -> None:
    values = [{"public_id": new_public_id(), "import_id": found.id, **row} for row in rows]
    if values:
        session.execute(insert(model), values)


def _buildings(session: Session, estates: Iterable[int]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for part in chunks(estates):
        query = select(PropertyBuilding.estate_id, PropertyBuilding.name, PropertyBuilding.id)
        for estate_id, name, row_id in session.execute(query.where(PropertyBuilding.estate_id.in_(part))):
            found[estate_id, name] = row_id
    return found


def drop(session: Session, found: PropertyImport, actor: Actor) -> None:
    """Forget a sheet that was not applied; raises Conflict bad_state."""
    if found.state != OPEN:
        raise Conflict("bad_state", N_("This sheet was applied or dropped already."))
    found.state, found.rows, found.finished_at = DROPPED, b"", current_site().now()
    audit.write(
        session, actor, "property.import_dropped", "property_import", found.public_id, area_id=found.area_id
    )


def drop_old(now: datetime) -> None:
    """Forget the sheets that nobody applied within a week."""
    with unit_of_work(drain=False) as session:
        query = select(PropertyImport).where(
            PropertyImport.state == OPEN, PropertyImport.created_at < now - timedelta(days=KEPT_DAYS)
        )
        for found in session.scalars(query.with_for_update()):
            drop(session, found, SYSTEM)


def forget_owners(session: Session, names: Collection[str]) -> None:
    """Strike these names off the sheets that wait to be looked over."""
    wanted = {normalise_name(name) for name in names if name}
    for found in session.scalars(select(PropertyImport).where(PropertyImport.state == OPEN)):
        rows = unpack(found.rows)
        if any(not wanted.isdisjoint(row.owners) for row in rows):
            found.rows = pack(
                [replace(row, owners=tuple(n for n in row.owners if n not in wanted)) for row in rows]
            )
    session.flush()


def undo(session: Session, found: PropertyImport, actor: Actor) -> int:
    """Take back all that an import brought, as long as nothing else speaks of it; how many things that were.

    Raises Conflict bad_state or import_in_use.
    """
    if found.state != APPLIED:
        raise Conflict("bad_state", N_("Only an import that was applied can be taken back."))
    gone: Counter[str] = Counter()
    used = select(PropertyOwnerProof.id).where(PropertyOwnerProof.import_id == found.id, _spoken_of())
    if session.scalar(used.limit(1)) is not None:
        raise _in_use()
    try:
        with session.begin_nested():
            for model in _TABLES:
                done = session.execute(delete(model).where(model.import_id == found.id))  # type: ignore[attr-defined]
                gone[model.__tablename__] = getattr(done, "rowcount", 0)
    except IntegrityError:
        raise _in_use() from None
    found.state, found.finished_at = UNDONE, current_site().now()
    audit.write(
        session, actor, "property.import_undone", "property_import", found.public_id,
        area_id=found.area_id, before=dict(gone), count=sum(gone.values()),
    )  # fmt: skip
    return sum(gone.values())


def _spoken_of() -> ColumnElement[bool]:
    """The condition that a proof stands behind a roll or an appeal, under any row of its owner."""
    proof, home = PropertyOwnerProof, PropertyDwelling
    on_roll = exists().where(
        PropertyVoter.dwelling_id == proof.dwelling_id, _same(PropertyVoter.person_id, proof.person_id)
    )
    signed = exists().where(
        PropertyAppeal.id == PropertyAppealSupport.appeal_id,
        PropertyEntrant.id == PropertyAppeal.entrant_id,
        home.id == proof.dwelling_id,
        home.estate_id == PropertyEntrant.estate_id,
        _same(PropertyAppealSupport.person_id, proof.person_id),
    )
    return or_(on_roll, signed)


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    """The condition that two rows of people are one human being's: one of them may have been merged since."""
    merged, kept = PersonAlias.merged_id, PersonAlias.kept_id
    return or_(
        one == other,
        exists().where(merged == other, kept == one),
        exists().where(merged == one, kept == other),
    )


def _in_use() -> Conflict:
    return Conflict(
        "import_in_use",
        N_(
            "Something of this import is in use already: proofs of ownership, rounds or later entries speak of it."
        ),
    )
