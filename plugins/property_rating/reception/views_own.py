"""A company's own receptions: its days, what was brought to it, and saying that something is solved.

Who brought an item is not for the company; whether it is solved, staff ask the resident.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    Paged,
    current_actor,
    current_site,
    flash_outcome,
    list_args,
    missing,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..registry import queries as registry
from ..registry.here import own_companies
from . import queries, services, words

blueprint = Blueprint("property_reception_own", __name__, template_folder="../templates")


@blueprint.get("/me/property/receptions")
@signed_in
def index() -> Any:
    """Days to come and items of one's own companies, what is open first."""
    args = list_args("state", size=20)
    with read_scope() as session:
        companies = own_companies(session)
        if not companies:
            return show("property/reception_own.html", linked=False)
        today = current_site().today()
        estates = registry.estates_of_company(session, companies, today)
        rows, total = queries.items_of_companies(
            session,
            companies,
            queries.ItemFilters(args.q, args["state"]),
            limit=args.size,
            offset=args.offset,
        )
        return show(
            "property/reception_own.html",
            linked=True,
            args=args,
            page=Paged(rows, total, args.page, args.size),
            days=queries.upcoming(session, [one for several in estates.values() for one in several]),
            states=words.DAY_STATES,
            state_of=words.state_of,
            choices=[
                ("", gettext("all")),
                *((key, gettext(text)) for key, text in words.ITEM_STATES.items()),
            ],
        )


@blueprint.post("/me/property/receptions/items/<matter>/handle")
@signed_in
def handle(matter: str) -> Any:
    """Say that an item is solved or cannot be."""
    with flash_outcome(N_("Noted. The community asks the resident again.")), unit_of_work() as session:
        found = queries.item_of_companies(session, own_companies(session), matter, lock=True)
        if found is None:
            missing()
        item, _day, estate = found
        state, note = request.form.get("state", ""), request.form.get("note", "")
        services.handle(session, estate, item, state, note, current_actor())
    return redirect(url_for("property_reception_own.index"), 303)
