"""``pointsys account``: accounts and the one-time links by which their holders come in."""

from __future__ import annotations

import click

from pointsys.commands.console import emit, json_option
from pointsys.commands.frame import find_or_refuse, site_command
from pointsys.commands.texts import _
from pointsys.kit.problems import N_, Problem


@click.group(help=N_("Make accounts and hand out one-time sign-in links."))
def account() -> None:
    """Commands about accounts."""


@account.command(help=N_("Make an account with a role on an area, and print its one-time sign-in link."))
@click.argument("login")
@click.option("--role", required=True, help=N_("For example system_admin or community_worker."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option("--person", "person_id", help=N_("Id of the participant whose account this is."))
@json_option
@site_command
def create(login: str, role: str, code: str, person_id: str | None, as_json: bool) -> None:
    """Make the account; its holder sets the password after opening the link."""
    from flask import current_app
    from sqlalchemy import select

    from pointsys.commands.links import base_url, sign_in_link
    from pointsys.core.accounts import services as accounts
    from pointsys.core.actors import operator
    from pointsys.core.people.models import Person
    from pointsys.core.unit_of_work import unit_of_work

    actor = operator()
    with unit_of_work(drain=False) as session:
        area = find_or_refuse(session, code)
        person = None
        if person_id is not None:
            person = session.scalar(select(Person.id).where(Person.public_id == person_id))
            if person is None:
                raise Problem("unknown_person", N_("There is no such person there."), field="person")
        made = accounts.create_account(session, login, actor, person_id=person)
        accounts.grant_role(session, made, role, area, actor)
        result = {
            "login": made.login,
            "role": role,
            "area": area.code,
            "url": sign_in_link(session, made, base_url(current_app.config["POINTSYS"])),
        }
    if as_json:
        emit(result)
        return
    click.echo(_("%(login)s is %(role)s of %(area)s.", **result))
    _print_link(result["url"])


@account.command(help=N_("Print a new one-time sign-in link for an account."))
@click.argument("login")
@json_option
@site_command
def link(login: str, as_json: bool) -> None:
    """For somebody who lost the first link or the password."""
    from flask import current_app
    from sqlalchemy import select

    from pointsys.commands.links import base_url, sign_in_link
    from pointsys.core import audit
    from pointsys.core.accounts import services as accounts
    from pointsys.core.accounts.models import Account
    from pointsys.core.actors import operator
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work(drain=False) as session:
        found = session.scalar(select(Account).where(Account.login == accounts.normalise_login(login)))
        if found is None or found.disabled_at is not None:
            raise Problem(
                "unknown_account", N_("There is no account named %(login)s."), field="login", login=login
            )
        audit.write(session, operator(), "account.link_made", "account", found.public_id)
        url = sign_in_link(session, found, base_url(current_app.config["POINTSYS"]))
        login = found.login
    if as_json:
        emit({"login": login, "url": url})
    else:
        _print_link(url)


def _print_link(url: str) -> None:
    click.echo(_("Open this link once, within 24 hours, and set a password:"))
    click.echo(url)
