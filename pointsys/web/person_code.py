"""A code for somebody who stands at the desk and cannot get in (S-47): made on the person's page, shown once.

Staff hand it to people on their roster alone, whose account holds no role but that of a member or resident.
"""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from pointsys.core.accounts import bulk, codes, notices
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.accounts.frame import base_url
from pointsys.web.frame import flash_problem, show
from pointsys.web.scope import person_here

# Named after the list, so that the menu shows where one is.
blueprint = Blueprint("people_code", __name__)

View = Response | tuple[str, int]


@blueprint.post("/a/<code>/people/<pid>/sign-in-code")
@area_scope("accounts.members")
def make(code: str, pid: str) -> View:
    """A fresh code for the person's account; codes and links before it are void, and the holder is told."""
    try:
        with unit_of_work(drain=False) as session:
            require_again(session, "accounts.members", current_area().id)
            person = person_here(session, pid)
            name = person.name
            query = bulk.member_accounts(current_area().id).where(Person.id == person.id)
            row = session.execute(query).one_or_none()
            if row is None:
                raise Problem(
                    "no_account",
                    N_(
                        "There is no account here that you may give a code for: make one under People → Accounts. "
                        "For the account of staff ask the security administrator."
                    ),
                )
            account = row[0]
            if account.id == current_actor().account_id:
                raise Problem("own_account", N_("Somebody else has to do this to your own account."))
            digits = codes.grouped(codes.make_code(session, account, current_actor()))
            notices.tell_of_link(session, account, current_actor())
            login = account.login
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("people_person.page", code=code, pid=pid), 303)
    # Its tables take as long to make as a page does: only a page with a picture waits for them.
    import segno

    address = base_url() + url_for("auth.code")
    with_name = base_url() + url_for("auth.code", name=login)
    return show(
        "people/code.html",
        picture=segno.make(with_name, error="m").svg_data_uri(scale=4, border=3, light="white"),
        name=name,
        pid=pid,
        login=login,
        digits=digits,
        minutes=int(codes.VALID.total_seconds() // 60),
        address=address,
    )
