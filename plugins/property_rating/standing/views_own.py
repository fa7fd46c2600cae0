"""A company's own standing: its credit file, its listings, and what it is asked to do and reports done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    current_actor,
    current_site,
    flash_outcome,
    missing,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..registry.here import own_companies
from ..registry.models import PropertyCompany
from ..registry.queries import companies_of_actor
from ..schemes.numbers import plain
from ..schemes.versions import credit_scheme, scheme_of
from . import files, measures, reading, words

blueprint = Blueprint("property_standing_own", __name__)

View = Any


@blueprint.get("/me/property/standing")
@signed_in
def index() -> View:
    """The standing of the companies that one acts for."""
    today = current_site().today()
    with read_scope() as session:
        ids = own_companies(session)
        told = []
        for company in session.scalars(select(PropertyCompany).where(PropertyCompany.id.in_(ids))):
            version = credit_scheme(session, company.area_id)
            scheme = scheme_of(version) if version is not None else None
            told.append(
                {
                    "company": company,
                    "file": files.file_of(session, scheme, company.id, today) if scheme else None,
                    "listings": reading.listings(session, company_id=company.id),
                    "measures": reading.measures(session, today, company_ids=[company.id]),
                }
            )
        return show("property/standing_own.html", told=told, today=today, words=words, plain=plain)


@blueprint.post("/me/property/measures/<measure>/report")
@signed_in
def report(measure: str) -> Response:
    """Say that a measure is done; somebody of the staff looks at it."""
    actor = current_actor()
    with flash_outcome(N_("Thank you. Somebody of the community looks at it.")), unit_of_work() as session:
        ids = companies_of_actor(session, actor, current_site().today())
        row = measures.measure_of_companies(session, ids, measure)
        if row is None:
            missing()
        measures.report(session, row, request.form.get("report", ""), actor)
    return redirect(url_for("property_standing_own.index"), 303)
