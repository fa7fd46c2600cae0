"""Drafting a round, and changing a draft before it is opened."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Conflict,
    Problem,
    area_scope,
    current_actor,
    current_area,
    flash_done,
    flash_problem,
    missing,
    read_scope,
    require_again,
    show,
    unit_of_work,
)

from ..registry.estates import KINDS
from ..registry.models import ESTATE_KINDS
from ..schemes.models import PropertySchemeVersion
from . import services
from .finding import round_below
from .forms import RoundForm, values_of
from .models import DRAFT, FINAL, PropertyRound

blueprint = Blueprint("property_rounds_draft", __name__)
DECIDE = "property.round"


def _version(session: Session, area: Area, form: RoundForm) -> PropertySchemeVersion:
    found = services.version_for(session, area, form.scheme.data or "")
    if found is None:
        raise Problem("bad_choice", N_("Choose a published scheme."), field="scheme")
    return found


def _replaced(session: Session, public_id: str) -> PropertyRound | None:
    """The final round of this area that is to be replaced; 404 for any other."""
    if not public_id:
        return None
    found = round_below(session, current_area(), public_id)
    if found is None or found.area_id != current_area().id or found.state != FINAL:
        missing()
    return found


@blueprint.route("/a/<code>/property/rounds/new", methods=["GET", "POST"])
@area_scope(DECIDE)
def new(code: str) -> Any:
    """Draft a round; with ``replaces`` in the address one that takes a final round's place."""
    area_id = current_area().id
    replaces = (request.args.get("replaces") or "")[:40]
    with read_scope() as session:
        area = session.get_one(Area, area_id)
        versions = services.versions_for(session, area)
        earlier = _replaced(session, replaces)
        usual = {"organiser": area.name} if earlier is None else _of_earlier(session, earlier)
        kinds = earlier.kinds.split() if earlier is not None else []
    if request.method == "POST":
        kinds = request.form.getlist("kinds")
    form = RoundForm(data=usual)
    form.offer(versions)
    if replaces:
        form.ask_reason()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, DECIDE, area_id)
                area = session.get_one(Area, area_id)
                draft = form.draft(_version(session, area, form), _replaced(session, replaces))
                made = services.draft_round(session, area, draft, current_actor()).public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The round is drafted. Look at who takes part, then open it."))
            return redirect(url_for("property_rounds.page", code=code, round=made), 303)
    return _form(form, None, replaces, kinds)


def _of_earlier(session: Session, earlier: PropertyRound) -> dict[str, Any]:
    version = session.get_one(PropertySchemeVersion, earlier.scheme_version_id)
    values = values_of(earlier, version)
    return {
        **values, "reason": "", "reuses": True, "collect_until": max(earlier.collect_until, services.today()),
    }  # fmt: skip


def _form(form: RoundForm, round_: PropertyRound | None, replaces: str, kinds: list[str]) -> Any:
    return show(
        "property/round_form.html",
        422 if form.errors or form.problems else 200,
        form=form,
        round=round_,
        replaces=replaces,
        kinds=kinds,
        all_kinds=[(kind, KINDS[kind]) for kind in ESTATE_KINDS],
    )


@blueprint.route("/a/<code>/property/rounds/<round>/change", methods=["GET", "POST"])
@area_scope(DECIDE)
def change(code: str, round: str) -> Any:
    """Change a draft."""
    area_id = current_area().id
    with read_scope() as session:
        found = round_below(session, current_area(), round)
        if found is None:
            missing()
        if found.state != DRAFT:
            flash_problem(Conflict("bad_state", N_("Only a draft can be changed.")))
            return redirect(url_for("property_rounds.page", code=code, round=round), 303)
        area = session.get_one(Area, found.area_id)
        versions = services.versions_for(session, area)
        version = session.get_one(PropertySchemeVersion, found.scheme_version_id)
        form = RoundForm(data=values_of(found, version))
        kinds = request.form.getlist("kinds") if request.method == "POST" else found.kinds.split()
    form.offer(versions)
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, DECIDE, area_id)
                held = round_below(session, session.get_one(Area, area_id), round)
                if held is None:
                    missing()
                area = session.get_one(Area, held.area_id)
                services.change_draft(
                    session, held, form.draft(_version(session, area, form)), current_actor()
                )
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The draft is changed."))
            return redirect(url_for("property_rounds.page", code=code, round=round), 303)
    return _form(form, found, "", kinds)
