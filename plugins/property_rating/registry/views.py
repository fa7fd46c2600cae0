"""Pages of estates: the list, one estate with contracts, managers and buildings, and adding or changing one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
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
    subtree,
    unit_of_work,
)

from . import contracts, estates, lists, managers, queries
from .forms import EstateForm
from .here import estate_of
from .models import PropertyEstate

blueprint = Blueprint("property_registry", __name__, template_folder="../templates")

View = Response | tuple[str, int]
VIEW, KEEP = "property.view", "property.registry"

COLUMNS = (
    ListColumn(N_("Estate"), lambda row: row.name),
    ListColumn(N_("Community"), lambda row: row.area),
    ListColumn(N_("Kind of estate"), lambda row: gettext(estates.KINDS[row.kind])),
    ListColumn(N_("Address"), lambda row: row.place),
    ListColumn(N_("Dwellings with a say"), lambda row: row.dwellings, "count"),
    ListColumn(N_("Unsold dwellings"), lambda row: row.unsold, "count"),
    ListColumn(N_("Households as reported"), lambda row: row.households, "count"),
    ListColumn(N_("Property company"), lambda row: row.company or ""),
    ListColumn(N_("Contract until"), lambda row: row.contract_to, "date"),
    ListColumn(N_("Manager of the estate"), lambda row: row.manager or ""),
)
STATES = {
    lists.ENDS_SOON: N_("contract ends within 90 days"),
    lists.WITHOUT: N_("without a company"),
    lists.CLOSED: N_("closed"),
}


@blueprint.get("/a/<code>/property/estates")
@area_scope(VIEW)
def index(code: str) -> Any:
    """Estates of the area and below with who manages them today."""
    args = list_args("kind", "company", "state")
    filters = lists.EstateFilters(args.q, args["kind"], args["company"], args["state"])
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[lists.EstateLine]:
            rows, total = lists.estates_page(session, area_id, filters, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Estates"), COLUMNS, fetch)
        return show(
            "property/registry_estates.html",
            args=args,
            page=fetch(args.page, args.size),
            kinds=estates.KINDS,
            kinds_choices=[(key, gettext(text)) for key, text in estates.KINDS.items()],
            companies=[(row.public_id, row.name) for row in queries.companies_known(session, area_id)],
            states_choices=[(key, gettext(text)) for key, text in STATES.items()],
            today=current_site().today(),
            soon=current_site().today() + lists.ENDING,
        )


@blueprint.get("/a/<code>/property/estates/<estate>")
@area_scope(VIEW)
def estate(code: str, estate: str) -> View:
    """One estate: who manages it and did before, its managers, its buildings."""
    with read_scope() as session:
        found = estate_of(session, estate)
        return show(
            "property/registry_estate.html",
            estate=found,
            line=lists.estate_line(session, found),
            kinds=estates.KINDS,
            contracts=lists.contracts_of_estate(session, found.id),
            managers=lists.managers_of_estate(session, found.id),
            buildings=lists.buildings_of(session, found.id),
            companies=queries.companies_known(session, current_area().id),
            today=current_site().today(),
        )


def _offer(session: Session, form: EstateForm) -> None:
    rows = session.execute(
        select(Area.code, Area.name)
        .where(Area.id.in_(subtree(current_area().id)), Area.level == "community", Area.closed_on.is_(None))
        .order_by(Area.code)
        .limit(500)
    )
    form.offer([(row.code, row.name) for row in rows])


@blueprint.route("/a/<code>/property/estates/new", methods=["GET", "POST"])
@area_scope(KEEP)
def new(code: str) -> View:
    """Add an estate to a community."""
    form = EstateForm()
    with read_scope() as session:
        _offer(session, form)
    if request.method == "GET":
        form.area.data = code
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = session.scalar(
                    select(Area).where(
                        Area.code == form.area.data, Area.level == "community",
                        Area.id.in_(subtree(current_area().id)),
                    )
                )  # fmt: skip
                if area is None:
                    raise Problem("unknown_area", N_("Choose a community."), field="area")
                require_again(session, KEEP, area.id)
                public_id = estates.add_estate(session, area, form.data_of(), current_actor()).public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The estate is there. Enter its contract next, then its buildings."))
            return redirect(url_for("property_registry.estate", code=code, estate=public_id), 303)
    status = 422 if form.errors or form.problems else 200
    return show("property/registry_estate_form.html", status, form=form, estate=None)


@blueprint.route("/a/<code>/property/estates/<estate>/change", methods=["GET", "POST"])
@area_scope(KEEP)
def change(code: str, estate: str) -> View:
    """Correct what is said of an estate."""
    form = EstateForm()
    form.offer([])
    with read_scope() as session:
        found = estate_of(session, estate)
        name = found.name
        if request.method == "GET":
            form.fill(estates.data_of(found))
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                found = estate_of(session, estate)
                require_again(session, KEEP, found.area_id)
                estates.change_estate(session, found, form.data_of(), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Saved."))
            return redirect(url_for("property_registry.estate", code=code, estate=estate), 303)
    status = 422 if form.errors or form.problems else 200
    return show("property/registry_estate_form.html", status, form=form, estate=estate, name=name)


def _act(code: str, estate: str, act: Callable[[Session, PropertyEstate], None], done: str) -> Response:
    """Do something to an estate, and go back to its page with ``done`` or with what was refused."""
    with flash_outcome(done), unit_of_work() as session:
        found = estate_of(session, estate)
        require_again(session, KEEP, found.area_id)
        act(session, found)
    return redirect(url_for("property_registry.estate", code=code, estate=estate), 303)


def day_given(name: str, *, needed: bool = True) -> date | None:
    """The day in a field of the form; raises Problem bad_day."""
    raw = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(raw) if raw or needed else None
    except ValueError:
        raise Problem("bad_day", N_("Write a date as 2026-03-07."), field=name) from None


@blueprint.post("/a/<code>/property/estates/<estate>/close")
@area_scope(KEEP)
def close(code: str, estate: str) -> View:
    """Take an estate out of what is rated, or back in."""
    closed = request.form.get("closed") == "1"
    return _act(
        code, estate,
        lambda session, found: estates.close_estate(session, found, closed, current_actor()),
        N_("The estate is closed.") if closed else N_("The estate is open again."),
    )  # fmt: skip


@blueprint.post("/a/<code>/property/estates/<estate>/contracts")
@area_scope(KEEP)
def make_contract(code: str, estate: str) -> View:
    """Note which company manages the estate from when to when."""

    def act(session: Session, found: PropertyEstate) -> None:
        company = queries.company_known(session, current_area().id, request.form.get("company", ""))
        if company is None:
            raise Problem("unknown_company", N_("Choose a company; add it first where it is missing."))
        first, last = day_given("from_on"), day_given("to_on", needed=False)
        assert first is not None
        data = contracts.ContractData(first, last, request.form.get("document_no", ""))
        contracts.make_contract(session, found, company, data, current_actor())

    return _act(code, estate, act, N_("The contract is noted."))


@blueprint.post("/a/<code>/property/estates/<estate>/contracts/<contract>/end")
@area_scope(KEEP)
def end_contract(code: str, estate: str, contract: str) -> View:
    """Let a contract end earlier."""

    def act(session: Session, found: PropertyEstate) -> None:
        row = contracts.contract_of(session, found, contract)
        if row is None:
            missing()
        last = day_given("to_on")
        assert last is not None
        contracts.end_contract(session, found, row, last, current_actor())

    return _act(code, estate, act, N_("The last day of the contract is noted."))


@blueprint.post("/a/<code>/property/estates/<estate>/managers")
@area_scope(KEEP)
def name_manager(code: str, estate: str) -> View:
    """Name who manages the estate for its company."""

    def act(session: Session, found: PropertyEstate) -> None:
        first = day_given("from_on")
        assert first is not None
        managers.name_manager(session, found, request.form.get("name", ""), first, current_actor())

    return _act(code, estate, act, N_("The manager is noted."))


@blueprint.post("/a/<code>/property/estates/<estate>/managers/<manager>/replace")
@area_scope(KEEP)
def replace_manager(code: str, estate: str, manager: str) -> View:
    """End somebody's time as manager, with the reason."""

    def act(session: Session, found: PropertyEstate) -> None:
        row = managers.manager_of(session, found, manager)
        if row is None:
            missing()
        managers.replace(session, row, request.form.get("reason", ""), current_actor())

    return _act(code, estate, act, N_("The manager has left; name the next one."))
