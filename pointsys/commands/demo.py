"""``pointsys demo``: a fictional sub-district to look around in, with a one-time sign-in link for each role."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pointsys.commands.console import Steps, emit, json_option, table
from pointsys.commands.frame import site_app
from pointsys.commands.texts import _
from pointsys.config import load_config
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

VALID = timedelta(hours=12)
# Signing in over plain http is right for a site that holds nobody's data on one's own machine.
_SETTINGS = "# A demonstration on one machine.\nallow_plain_http = true\ndemo = true\n"
_STEPS = {
    "people": N_("People"),
    "activities": N_("Activities of twelve months"),
    "results": N_("Hours and points"),
}


@click.command(
    help=N_("Make and serve a fictional sub-district: 3 communities, 40 grids, 2,000 people, 12 months.")
)
@click.option("--host", help=N_("Address to listen on; 127.0.0.1 unless the settings say otherwise."))
@click.option("--port", type=click.IntRange(1, 65535), help=N_("Port to listen on; 8000 by default."))
@click.option("--no-serve", is_flag=True, help=N_("Make the site and print the links, but do not serve it."))
@click.option("--fresh", is_flag=True, help=N_("Throw an earlier demonstration away and make it anew."))
@click.option("--people", default=2_000, type=click.IntRange(100, 5_000), hidden=True)
@click.option("--days", type=click.IntRange(30, 800), hidden=True)
@json_option
def demo(
    host: str | None,
    port: int | None,
    no_serve: bool,
    fresh: bool,
    people: int,
    days: int | None,
    as_json: bool,
) -> None:
    """Make the site unless it is there, then print the links, then serve."""
    from pointsys.commands.links import address
    from pointsys.commands.serve import run_server

    created = _make(fresh, people, days)
    with site_app(web=not no_serve) as app:
        # Also where the home had settings of its own before.
        config = app.config["POINTSYS"] = replace(app.config["POINTSYS"], demo=True)
        chosen = port or config.port
        host = host or config.host

        def announce(bound: int) -> None:
            _announce(config.base_url.rstrip("/") or address(host, bound), created, as_json, not no_serve)

        if no_serve:
            announce(chosen)
        else:
            run_server(app, host, chosen, announce, try_next=port is None)


def _make(fresh: bool, people: int, days: int | None) -> bool:
    """Make the site if need be; tells whether it was made now. Raises Problem not_a_demo over real data."""
    from pointsys.core import schema
    from pointsys.core.database import db
    from pointsys.demo.make import make_demo

    _permit_plain_http()
    with site_app(existing=False, ready=False):
        state = _state()
        if state is True and not fresh:
            schema.upgrade(db.engine)
            return False
        if state is not None:
            _wipe()
        schema.upgrade(db.engine)
        click.echo(_("Making a fictional sub-district; this takes less than a minute."), err=True)
        with Steps(_STEPS) as steps:
            make_demo(people=people, days=days, say=steps)
    return True


def _permit_plain_http() -> None:
    """Give a home that has nothing in it yet the settings of a demonstration."""
    home = load_config().home
    if not home.exists() or not any(home.iterdir()):
        home.mkdir(parents=True, exist_ok=True)
        (home / "pointsys.toml").write_text(_SETTINGS, encoding="utf-8")


def _state() -> object:
    """What is there: True for a demonstration, "making" for half of one, None for nothing."""
    from pointsys.core import schema
    from pointsys.core.database import db
    from pointsys.core.site import current_site
    from pointsys.core.startup import root_area
    from pointsys.core.unit_of_work import read_scope
    from pointsys.demo.make import demo_state

    core = next(status for status in schema.status(db.engine) if status.component == schema.CORE)
    if core.current is None:
        return None
    with read_scope() as session:
        state, root = demo_state(session), root_area(session)
    if state is None and root is not None:
        raise Problem(
            "not_a_demo",
            N_(
                "%(home)s holds the site of %(name)s, which is left alone. Name another folder for the "
                "demonstration in the variable POINTSYS_HOME."
            ),
            home=current_site().home,
            name=root.name,
        )
    return state


def _wipe() -> None:
    """Take the tables of a demonstration away."""
    from pointsys.core import schema
    from pointsys.core.database import db

    for component in reversed(schema.components()):
        if schema.status_of(db.engine, component).current is not None:
            schema.downgrade(db.engine, component.name, "base")


def _announce(base: str, created: bool, as_json: bool, serving: bool) -> None:
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work(drain=False) as session:
        links = _links(session, base)
    if as_json:
        emit({"url": base, "created": created, "links": links})
        return
    click.echo(
        _("A fictional sub-district: nothing in it is real. Each link signs in once, within 12 hours.")
    )
    click.echo("")
    table([(_(link["title"]), link["who"], link["url"]) for link in links])
    click.echo("")
    if serving:
        click.echo(_("Serving on %(url)s (end with Ctrl-C)", url=base))


def _links(session: Session, base: str) -> list[dict[str, str]]:
    from pointsys.commands.links import sign_in_link
    from pointsys.core.permissions import ROLE_TITLES
    from pointsys.demo.accounts import holder, shown_accounts

    return [
        {
            "role": part.role,
            "title": ROLE_TITLES[part.role],
            "who": holder(session, part, account),
            "login": account.login,
            "url": sign_in_link(session, account, base, VALID),
        }
        for part, account in shown_accounts(session)
    ]
