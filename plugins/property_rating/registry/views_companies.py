"""Pages of companies: the list, one company with its estates and accounts, adding and changing one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    flash_outcome,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import companies, lists
from .forms import CompanyForm, NewCompanyForm
from .here import company_of
from .models import PropertyCompany
from .views import KEEP, VIEW

blueprint = Blueprint("property_companies", __name__)

View = Response | tuple[str, int]

COLUMNS = (
    ListColumn(N_("Property company"), lambda row: row.name),
    ListColumn(N_("Unified social credit code"), lambda row: row.uscc),
    ListColumn(N_("Phone of the company"), lambda row: row.phone),
    ListColumn(N_("Estates here"), lambda row: row.estates, "count"),
    ListColumn(N_("Kept by"), lambda row: row.area),
)


@blueprint.get("/a/<code>/property/companies")
@area_scope(VIEW)
def index(code: str) -> Any:
    """Companies known in the area."""
    args = list_args("state")
    filters = lists.CompanyFilters(args.q, args["state"])
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[lists.CompanyLine]:
            rows, total = lists.companies_page(
                session, area_id, filters, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Property companies"), COLUMNS, fetch)
        return show(
            "property/registry_companies.html",
            args=args,
            page=fetch(args.page, args.size),
            states_choices=[(lists.CLOSED, gettext("closed"))],
        )


@blueprint.get("/a/<code>/property/companies/<company>")
@area_scope(VIEW)
def company(code: str, company: str) -> View:
    """One company: its contracts here, and which accounts act for it."""
    area_id = current_area().id
    with read_scope() as session:
        found = company_of(session, company)
        return show(
            "property/registry_company.html",
            company=found,
            contracts=lists.contracts_of_company(session, found.id, area_id),
            links=companies.LINKS.lines(session, company_id=found.id),
            accounts=companies.LINKS.choices(session, area_id),
            keeps=companies.keeps(session, area_id, found),
            home=session.get_one(Area, found.area_id),
            today=current_site().today(),
        )


@blueprint.route("/a/<code>/property/companies/new", methods=["GET", "POST"])
@area_scope(KEEP)
def new(code: str) -> View:
    """Add a company."""
    form = NewCompanyForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = session.get_one(Area, current_area().id)
                require_again(session, KEEP, area.id)
                made = companies.add_company(session, area, form.data_of(), current_actor())
                public_id = made.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The company is there. Enter its contracts with the estates."))
            return redirect(url_for("property_companies.company", code=code, company=public_id), 303)
    status = 422 if form.errors or form.problems else 200
    return show("property/registry_company_form.html", status, form=form, company=None)


@blueprint.route("/a/<code>/property/companies/<company>/change", methods=["GET", "POST"])
@area_scope(KEEP)
def change(code: str, company: str) -> View:
    """Correct name and phone of a company."""
    form = CompanyForm()
    with read_scope() as session:
        found = company_of(session, company)
        name, uscc = found.name, found.uscc
        if request.method == "GET":
            form.name.data, form.phone.data = found.name, found.phone
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area_id = current_area().id
                require_again(session, KEEP, area_id)
                companies.change_company(
                    session, area_id, company_of(session, company), form.data_of(), current_actor()
                )
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Saved."))
            return redirect(url_for("property_companies.company", code=code, company=company), 303)
    status = 422 if form.errors or form.problems else 200
    return show(
        "property/registry_company_form.html", status, form=form, company=company, name=name, uscc=uscc
    )


def _act(code: str, company: str, act: Callable[[Session, PropertyCompany], None], done: str) -> Response:
    with flash_outcome(done), unit_of_work() as session:
        require_again(session, KEEP, current_area().id)
        act(session, company_of(session, company))
    return redirect(url_for("property_companies.company", code=code, company=company), 303)


@blueprint.post("/a/<code>/property/companies/<company>/close")
@area_scope(KEEP)
def close(code: str, company: str) -> View:
    """Take a company out of the lists to choose from, or back in."""
    closed = request.form.get("closed") == "1"
    return _act(
        code, company,
        lambda session, found: companies.close_company(
            session, current_area().id, found, closed, current_actor()
        ),
        N_("The company is closed.") if closed else N_("The company is open again."),
    )  # fmt: skip


@blueprint.post("/a/<code>/property/companies/<company>/accounts")
@area_scope(KEEP)
def link(code: str, company: str) -> View:
    """Let an account act for the company."""

    def act(session: Session, found: PropertyCompany) -> None:
        area = session.get_one(Area, current_area().id)
        companies.link_account(session, area, found, request.form.get("account", ""), current_actor())

    return _act(code, company, act, N_("The account acts for this company from now on."))


@blueprint.post("/a/<code>/property/companies/<company>/accounts/<account_link>/end")
@area_scope(KEEP)
def unlink(code: str, company: str, account_link: str) -> View:
    """End at once that an account acts for the company."""

    def act(session: Session, found: PropertyCompany) -> None:
        if companies.end_link(session, current_area().id, found, account_link, current_actor()) is None:
            missing()

    return _act(code, company, act, N_("The account acts for this company no more."))
