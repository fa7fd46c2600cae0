"""Companies: adding one, correcting it, and its end; which accounts act for it.

A company works for many communities, so it is kept at the sub-district and known in all areas below: whoever adds it
first, the others find it. Whoever keeps the area it belongs to may change it, and so may a community for which alone
it works.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    AccountLinks,
    Actor,
    Area,
    AreaClosure,
    Conflict,
    Problem,
    Refused,
    audit,
    clean_text,
    current_site,
    subtree,
)

from .models import PropertyCompany, PropertyCompanyAccount, PropertyContract, PropertyEstate
from .uscc import parse_uscc

LINKS = AccountLinks(
    PropertyCompanyAccount, "property.account_linked", "property.account_unlinked",
    N_("This account acts for this company already."),
)  # fmt: skip
LONGEST_NAME, LONGEST_PHONE = 100, 40


@dataclass(frozen=True)
class CompanyData:
    """What is said of a company; raw values as typed."""

    uscc: str
    name: str
    phone: str = ""


def home_of(session: Session, area: Area) -> Area:
    """Where companies of an area are kept: its sub-district, or the area itself where none is above it."""
    above = session.scalar(
        select(Area)
        .join(AreaClosure, AreaClosure.ancestor_id == Area.id)
        .where(AreaClosure.descendant_id == area.id, Area.level == "subdistrict")
    )
    return above or area


def checked(data: CompanyData) -> CompanyData:
    """The values as they are kept; raises Problem bad_uscc, lost_digits, bad_name or bad_phone."""
    name, phone = clean_text(data.name), clean_text(data.phone)
    if not 2 <= len(name) <= LONGEST_NAME:
        raise Problem("bad_name", N_("Write the company's name as on its business licence."), field="name")
    if len(phone) > LONGEST_PHONE:
        raise Problem("bad_phone", N_("At most %(most)s characters."), field="phone", most=LONGEST_PHONE)
    return CompanyData(parse_uscc(data.uscc), name, phone)


def add_company(session: Session, area: Area, data: CompanyData, actor: Actor) -> PropertyCompany:
    """Add a company, kept at the sub-district of ``area``.

    Raises the Problems of ``checked``, and company_exists where its code is known there already.
    """
    kept = checked(data)
    home = home_of(session, area)
    # Two who add the same company at once wait for each other here.
    session.refresh(home, with_for_update=True)
    known = session.scalar(
        select(PropertyCompany).where(
            PropertyCompany.uscc == kept.uscc, PropertyCompany.area_id.in_(subtree(home.id))
        )
    )
    if known is not None:
        raise Problem(
            "company_exists", N_("This code belongs to “%(name)s” already."), field="uscc", name=known.name
        )
    made = PropertyCompany(
        area_id=home.id, uscc=kept.uscc, name=kept.name, phone=kept.phone,
        created_at=current_site().now(), created_by=actor.label,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.write(
        session, actor, "property.company_added", "property_company", made.public_id, area_id=area.id,
        after={"uscc": made.uscc, "name": made.name},
    )  # fmt: skip
    return made


def keeps(session: Session, area_id: int, company: PropertyCompany) -> bool:
    """Whether staff of an area may change a company: kept there, or at work nowhere else. One statement."""
    elsewhere = (
        select(PropertyContract.id)
        .join(PropertyEstate, PropertyEstate.id == PropertyContract.estate_id)
        .where(
            PropertyContract.company_id == company.id,
            PropertyEstate.area_id.not_in(subtree(area_id)),
        )
        .exists()
    )
    kept_here = select(PropertyCompany.id).where(
        PropertyCompany.id == company.id,
        or_(PropertyCompany.area_id.in_(subtree(area_id)), ~elsewhere),
    )
    return session.scalar(kept_here) is not None


def need_keeper(session: Session, area_id: int, company: PropertyCompany) -> None:
    """Raises Refused not_keeper where ``keeps`` says no."""
    if not keeps(session, area_id, company):
        raise Refused(
            "not_keeper",
            N_("This company works in other communities too: the sub-district office changes it."),
        )


def change_company(
    session: Session, area_id: int, company: PropertyCompany, data: CompanyData, actor: Actor
) -> None:
    """Correct name and phone; the code stays.

    Raises Refused not_keeper, and the Problems of ``checked``.
    """
    need_keeper(session, area_id, company)
    kept = checked(CompanyData(company.uscc, data.name, data.phone))
    before = {"name": company.name, "phone": company.phone}
    company.name, company.phone = kept.name, kept.phone
    audit.write(
        session, actor, "property.company_changed", "property_company", company.public_id, area_id=area_id,
        before=before, after={"name": company.name, "phone": company.phone},
    )  # fmt: skip


def close_company(
    session: Session, area_id: int, company: PropertyCompany, closed: bool, actor: Actor
) -> None:
    """Take a company out of the lists to choose from, or take it back in; its history stays.

    Raises Refused not_keeper, Conflict contract_runs.
    """
    need_keeper(session, area_id, company)
    today = current_site().today()
    if closed:
        running = select(PropertyContract.id).where(
            PropertyContract.company_id == company.id,
            or_(PropertyContract.to_on.is_(None), PropertyContract.to_on >= today),
        )
        if session.scalar(running.limit(1)) is not None:
            raise Conflict("contract_runs", N_("Its contracts still run: end them first."))
    company.closed_on = today if closed else None
    audit.write(
        session, actor, "property.company_closed" if closed else "property.company_reopened",
        "property_company", company.public_id, area_id=area_id,
    )  # fmt: skip


def link_account(
    session: Session, area: Area, company: PropertyCompany, account: str, actor: Actor
) -> PropertyCompanyAccount:
    """Let an account (outside id) act for a company from today on.

    Raises Refused not_keeper, Problem not_a_liaison or own_matter, Conflict already_linked.
    """
    need_keeper(session, area.id, company)
    return LINKS.link(session, company, area.id, account, actor, company_id=company.id)


def end_link(
    session: Session, area_id: int, company: PropertyCompany, public_id: str, actor: Actor
) -> PropertyCompanyAccount | None:
    """End a link of a company at once; None where there is none. Raises Refused not_keeper, Conflict link_ended."""
    need_keeper(session, area_id, company)
    row = LINKS.find(session, public_id, PropertyCompanyAccount.company_id == company.id)
    if row is not None:
        LINKS.end(session, row, area_id, actor)
    return row
