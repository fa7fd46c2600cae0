"""What administrators are warned of: newest first, with what to do, and who looked at it (S-39, S-42)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.accounts.models import Account
from pointsys.core.alerts import KINDS, SecurityAlert, detail_of, find_alert, mark_seen
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_actor, current_area, current_path, may, require_again
from pointsys.web.frame import flash_outcome, show
from pointsys.web.list_export import ListColumn, export_asked, local, send_list
from pointsys.web.lists import ListArgs, Paged, list_args
from pointsys.web.scope import missing

blueprint = Blueprint("alerts", __name__)

View = Response | tuple[str, int]
STATES = {"open": N_("Nobody looked at it"), "seen": N_("Looked at")}
# What the details of alerts are called; one without words here keeps its name.
DETAILS = {
    "address": N_("Address"),
    "count": N_("How many"),
    "list": N_("List"),
    "number": N_("Number"),
    "role": N_("Role"),
    "rows": N_("Rows"),
    "area": N_("Area"),
}


def _title(kind: str) -> str:
    return str(gettext(KINDS[kind].title)) if kind in KINDS else kind


def _cure(kind: str) -> str:
    return str(gettext(KINDS[kind].cure)) if kind in KINDS else ""


def _details(alert: SecurityAlert) -> Mapping[str, str | int]:
    return {
        str(gettext(DETAILS.get(key, key))): value for key, value in detail_of(alert).items() if value != ""
    }


def _accounts(session: Session, subjects: Sequence[str]) -> dict[str, Account]:
    """The accounts that alerts are about, whether they name the login or the outside id."""
    found = session.scalars(
        select(Account).where(or_(Account.public_id.in_(subjects), Account.login.in_(subjects)))
    )
    return {
        key: account for account in found for key in (account.public_id, account.login) if key in subjects
    }


COLUMNS = (
    ListColumn(N_("Time"), lambda row: local(row.at)),
    ListColumn(N_("What"), lambda row: _title(row.kind)),
    ListColumn(N_("Whom or what"), lambda row: row.subject),
    ListColumn(N_("How many"), lambda row: row.count, "count"),
    ListColumn(
        N_("Details"), lambda row: "; ".join(f"{key}: {value}" for key, value in _details(row).items())
    ),
    ListColumn(N_("Looked at by"), lambda row: row.seen_by),
    ListColumn(N_("Looked at on"), lambda row: local(row.seen_at)),
)


def _conditions(args: ListArgs) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if args["state"] in STATES:
        seen = SecurityAlert.seen_at.is_not(None)
        conditions.append(seen if args["state"] == "seen" else ~seen)
    if args["kind"] in KINDS:
        conditions.append(SecurityAlert.kind == args["kind"])
    if args.q:
        conditions.append(SecurityAlert.subject.contains(args.q, autoescape=True))
    return conditions


@blueprint.get("/a/<code>/alerts")
@area_scope("alerts.view")
def index(code: str) -> View:
    """The alerts of the whole site, which are shown at its top; what nobody looked at comes first."""
    if current_area().parent_id is not None:
        top = current_path()[0]
        if not may("alerts.view", top):
            missing()
        return redirect(url_for("alerts.index", code=top.code))
    args = list_args("state", "kind", size=20)
    with read_scope() as session:
        conditions = _conditions(args)
        query = (
            select(SecurityAlert)
            .where(*conditions)
            .order_by(SecurityAlert.seen_at.is_not(None), SecurityAlert.at.desc(), SecurityAlert.id.desc())
        )
        total = session.scalar(select(func.count()).select_from(SecurityAlert).where(*conditions)) or 0

        def fetch(page: int, size: int) -> Paged[SecurityAlert]:
            rows = session.scalars(query.limit(size).offset((page - 1) * size)).all()
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Alerts"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show(
            "alerts/index.html",
            args=args,
            page=page,
            accounts=_accounts(session, [alert.subject for alert in page.rows]),
            states=STATES,
            kinds={kind: words.title for kind, words in KINDS.items()},
            title_of=_title,
            cure_of=_cure,
            details_of=_details,
        )


@blueprint.post("/a/<code>/alerts/seen")
@area_scope("alerts.view")
def seen(code: str) -> View:
    """Note that one looked at some alerts and did what was to be done."""
    if current_area().parent_id is not None:
        missing()
    with flash_outcome(N_("Noted that you looked at it.")), unit_of_work(drain=False) as session:
        require_again(session, "alerts.view", current_area().id)
        for public_id in request.form.getlist("id"):
            alert = find_alert(session, public_id)
            if alert is None:
                missing()
            mark_seen(session, alert, current_actor())
    return redirect(url_for("alerts.index", code=code), 303)
