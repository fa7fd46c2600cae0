"""Contracts: which company manages an estate, from which day to which; never two on one day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Conflict, Problem, audit, clean_text, current_site

from .estates import need_open
from .managers import end_of_contract
from .models import PropertyCompany, PropertyContract, PropertyEstate

LONGEST_DOCUMENT = 60
# Days outside of these are slips of the pen.
EARLIEST, LATEST = date(1980, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True)
class ContractData:
    """From which day to which (None: until somebody ends it), both inside, and the number on the paper."""

    from_on: date
    to_on: date | None = None
    document_no: str = ""


def check_days(from_on: date, to_on: date | None) -> None:
    """Raises Problem bad_days."""
    if not EARLIEST <= from_on <= LATEST or (to_on is not None and not from_on <= to_on <= LATEST):
        raise Problem("bad_days", N_("The last day does not come before the first."), field="to_on")


def overlap(first: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Whether two spans of days (both ends inside, None: without end) share a day."""
    return first[0] <= (other[1] or date.max) and other[0] <= (first[1] or date.max)


def make_contract(
    session: Session, estate: PropertyEstate, company: PropertyCompany, data: ContractData, actor: Actor
) -> PropertyContract:
    """Note that a company manages an estate.

    Raises Problem bad_days or bad_document, Conflict contract_overlaps, estate_closed or company_closed.
    """
    check_days(data.from_on, data.to_on)
    number = clean_text(data.document_no)
    if len(number) > LONGEST_DOCUMENT:
        raise Problem(
            "bad_document", N_("At most %(most)s characters."), field="document_no", most=LONGEST_DOCUMENT
        )
    # Whoever makes a contract for the same estate at once waits here.
    session.refresh(estate, with_for_update=True)
    need_open(estate)
    if company.closed_on is not None:
        raise Conflict("company_closed", N_("This company is closed: open it again first."))
    clash = session.execute(
        select(PropertyContract.from_on, PropertyContract.to_on, PropertyCompany.name)
        .join(PropertyCompany, PropertyCompany.id == PropertyContract.company_id)
        .where(
            PropertyContract.estate_id == estate.id,
            or_(PropertyContract.to_on.is_(None), PropertyContract.to_on >= data.from_on),
            PropertyContract.from_on <= (data.to_on or LATEST),
        )
        .limit(1)
    ).first()
    if clash is not None:
        raise Conflict(
            "contract_overlaps",
            N_("%(name)s has a contract from %(first)s that shares days with this one: end it first."),
            field="from_on",
            name=clash[2],
            first=clash[0].isoformat(),
        )
    made = PropertyContract(
        estate_id=estate.id, company_id=company.id, from_on=data.from_on, to_on=data.to_on,
        document_no=number, created_at=current_site().now(), created_by=actor.label,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.write(
        session, actor, "property.contract_made", "property_contract", made.public_id,
        area_id=estate.area_id,
        after={"estate": estate.public_id, "company": company.public_id, "from": data.from_on.isoformat()},
    )  # fmt: skip
    return made


def contract_of(session: Session, estate: PropertyEstate, public_id: str) -> PropertyContract | None:
    """The contract of an estate with this outside id, locked; None where there is none."""
    return session.scalar(
        select(PropertyContract)
        .where(PropertyContract.public_id == public_id, PropertyContract.estate_id == estate.id)
        .with_for_update()
    )


def end_contract(
    session: Session, estate: PropertyEstate, contract: PropertyContract, last_on: date, actor: Actor
) -> None:
    """Let a contract end earlier than it says; who managed the estate for the company leaves with it.

    Raises Problem bad_days.
    """
    check_days(contract.from_on, last_on)
    if contract.to_on is not None and last_on > contract.to_on:
        raise Problem(
            "bad_days", N_("A contract is only shortened; a longer one is a new contract."), field="to_on"
        )
    before = contract.to_on.isoformat() if contract.to_on else None
    contract.to_on = last_on
    end_of_contract(session, contract)
    audit.write(
        session, actor, "property.contract_ended", "property_contract", contract.public_id,
        area_id=estate.area_id, before={"to": before}, after={"to": last_on.isoformat()},
    )  # fmt: skip
