"""``pointsys account``: accounts, the one-time links by which their holders come in, and help for those locked out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pointsys.commands.console import emit, json_option
from pointsys.commands.frame import find_or_refuse, site_command
from pointsys.commands.texts import _
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from pointsys.core.accounts.models import Account

# A day; whoever hands a link on by letter may need it.
LONGEST = 24 * 60
minutes_option = click.option(
    "--minutes",
    type=click.IntRange(1, LONGEST),
    default=10,
    show_default=True,
    help=N_("How long the link is good."),
)


@click.group(help=N_("Make accounts, hand out one-time sign-in links, and help those who are locked out."))
def account() -> None:
    """Commands about accounts."""


def _account(session: Session, login: str) -> Account:
    """The account with this login that may sign in; raises Problem."""
    from sqlalchemy import select

    from pointsys.core.accounts.models import Account
    from pointsys.core.accounts.services import normalise_login

    found = session.scalar(select(Account).where(Account.login == normalise_login(login)))
    if found is None or found.disabled_at is not None:
        raise Problem(
            "unknown_account", N_("There is no account named %(login)s."), field="login", login=login
        )
    return found


@account.command(help=N_("Make an account with a role on an area, and print its one-time sign-in link."))
@click.argument("login")
@click.option("--role", required=True, help=N_("For example system_admin or community_worker."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option("--person", "person_id", help=N_("Id of the participant whose account this is."))
@minutes_option
@json_option
@site_command
def create(login: str, role: str, code: str, person_id: str | None, minutes: int, as_json: bool) -> None:
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
        base = base_url(current_app.config["POINTSYS"])
        result = {
            "login": made.login,
            "role": role,
            "area": area.code,
            "url": sign_in_link(session, made, base, timedelta(minutes=minutes)),
        }
    if as_json:
        emit(result)
        return
    click.echo(_("%(login)s is %(role)s of %(area)s.", **result))
    _print_link(result["url"], minutes)


@account.command(help=N_("Print a new one-time sign-in link for an account."))
@click.argument("login")
@minutes_option
@json_option
@site_command
def link(login: str, minutes: int, as_json: bool) -> None:
    """For somebody who lost the first link or the password; links made before are void."""
    from flask import current_app

    from pointsys.commands.links import base_url
    from pointsys.core import audit
    from pointsys.core.accounts import links, notices
    from pointsys.core.actors import operator
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work(drain=False) as session:
        found = _account(session, login)
        audit.write(session, operator(), "account.link_made", "account", found.public_id)
        token = links.renew_link(session, found, timedelta(minutes=minutes))
        notices.tell_of_link(session, found, operator())
        url = f"{base_url(current_app.config['POINTSYS'])}/l/{token}"
        login = found.login
    if as_json:
        emit({"login": login, "url": url})
    else:
        _print_link(url, minutes)


@account.command(help=N_("Lift the lock after failed sign-ins, so that the holder may try again at once."))
@click.argument("login")
@json_option
@site_command
def unlock(login: str, as_json: bool) -> None:
    """For somebody who cannot wait ten minutes."""
    from pointsys.core import audit
    from pointsys.core.accounts.throttle import clear_failures
    from pointsys.core.actors import operator
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work(drain=False) as session:
        found = _account(session, login)
        cleared = clear_failures(session, found.public_id)
        audit.write(session, operator(), "account.unlocked", "account", found.public_id)
        login = found.login
    if as_json:
        emit({"login": login, "locks": cleared})
    else:
        click.echo(_("%(login)s may try again at once.", login=login))


@account.command(
    "second-factor-off", help=N_("Take the second factor of an account away, after checking who asks.")
)
@click.argument("login")
@json_option
@site_command
def second_factor_off(login: str, as_json: bool) -> None:
    """For somebody who lost the phone and the recovery codes; every session of the account ends."""
    from pointsys.core.accounts import notices, second_factor, sessions
    from pointsys.core.actors import operator
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work(drain=False) as session:
        found = _account(session, login)
        second_factor.reset(session, found, operator())
        sessions.end_sessions(session, found.id)
        notices.tell_of_link(session, found, operator())
        login = found.login
    if as_json:
        emit({"login": login})
    else:
        click.echo(
            _("%(login)s signs in with the password alone now, until a new one is set up.", login=login)
        )


def _print_link(url: str, minutes: int) -> None:
    click.echo(_("Open this link once, within %(minutes)s minutes, and set a password:", minutes=minutes))
    click.echo(url)
