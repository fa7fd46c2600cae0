"""Slips for people on the roster: pick accounts, and get paper with a code for each, to cut out and hand over.

A code is made when its slip is shown and stands nowhere else; showing slips again voids the earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import redirect, request, url_for
from markupsafe import Markup
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts import bulk
from pointsys.core.accounts.models import Account
from pointsys.core.people.models import Person
from pointsys.core.people.search import name_condition
from pointsys.core.settings import get_settings
from pointsys.core.setup.apply import UNIT_NAME
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.identity import normalise_name
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.accounts.frame import View, base_url, blueprint
from pointsys.web.frame import flash_problem, show
from pointsys.web.lists import ListArgs, Paged, list_args
from pointsys.web.scope import area_names, missing


@dataclass(frozen=True)
class Paper:
    """A slip with its picture."""

    slip: bulk.Slip
    qr: Markup


@blueprint.get("/a/<code>/people/accounts/slips")
@area_scope("accounts.members")
def slips(code: str) -> View:
    """Accounts of people here: by default those whose holders have not signed in yet."""
    args = list_args("state", sorts=("name",), sort="name", size=bulk.SLIPS_AT_ONCE)
    with read_scope() as session:
        query = _query(args)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(
            query.order_by(Person.sort_key, Person.id).limit(args.size).offset(args.offset)
        ).all()
        page = Paged([(row[0], row[1]) for row in rows], total, args.page, args.size)
        places = area_names(session, {person.area_id for _account, person in page.rows})
        return show("accounts/slips.html", args=args, page=page, places=places, most=bulk.SLIPS_AT_ONCE)


def _query(args: ListArgs) -> Select[Account, Person]:
    query = bulk.member_accounts(current_area().id)
    if args["state"] != "all":
        query = query.where(Account.last_seen_at.is_(None))
    if args.q:
        query = query.where(name_condition(normalise_name(args.q)))
    return query


@blueprint.post("/a/<code>/people/accounts/slips")
@area_scope("accounts.members")
def print_slips(code: str) -> View:
    """Fresh codes for the picked accounts, on a page to print; what was handed out to them before is void."""
    wanted = list(dict.fromkeys(request.form.getlist("id")))
    try:
        with unit_of_work(drain=False) as session:
            require_again(session, "accounts.members", current_area().id)
            made = bulk.make_slips(session, _chosen(session, wanted), current_actor())
            area = current_area()
            unit = str(get_settings(session, area.id, (UNIT_NAME,)).get(UNIT_NAME) or area.name)
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("accounts.slips", code=code), 303)
    until: datetime = current_site().now() + bulk.SLIP_VALID
    site = base_url()
    return show(
        "accounts/slips_paper.html", papers=[_paper(slip) for slip in made], unit=unit, until=until, site=site,
        local=urlsplit(site).hostname in ("127.0.0.1", "::1", "localhost"),
        code_page=f"{site}{url_for('auth.code')}",
    )  # fmt: skip


def _chosen(session: Session, wanted: list[str]) -> list[tuple[Account, Person]]:
    if not 0 < len(wanted) <= bulk.SLIPS_AT_ONCE:
        raise Problem("bad_selection", N_("Select between 1 and %(most)s accounts."), most=bulk.SLIPS_AT_ONCE)
    query = bulk.member_accounts(current_area().id).where(Account.public_id.in_(wanted))
    found = session.execute(query.order_by(Person.sort_key, Person.id)).all()
    if len(found) != len(wanted):
        missing()
    return [(row[0], row[1]) for row in found]


def _paper(slip: bulk.Slip) -> Paper:
    # Its tables take as long to make as a page does: only a page with a picture waits for them.
    import segno

    link = base_url() + url_for("auth.one_time_link", token=slip.token)
    # segno writes nothing but numbers into its picture.
    return Paper(slip, Markup(segno.make(link, error="m").svg_inline(border=2, omitsize=True)))  # noqa: S704
