"""``pointsys serve``: the site's pages, and threads that do what outlasts a request."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from pointsys.commands.frame import site_app
from pointsys.commands.texts import _
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from flask import Flask

THREADS = 8
BACKLOG = 1_024
PORTS_TO_TRY = 20
_TAKEN = {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)}


@click.command(help=N_("Serve the site's pages until interrupted."))
@click.option("--host", help=N_("Address to listen on; 127.0.0.1 unless the settings say otherwise."))
@click.option("--port", type=click.IntRange(1, 65535), help=N_("Port to listen on; 8000 by default."))
@click.option(
    "--safe-mode",
    is_flag=True,
    help=N_("Call no plugin: for a site that one keeps from working. What they compute waits."),
)
def serve(host: str | None, port: int | None, safe_mode: bool) -> None:
    """Serve; an empty database is prepared, an older one is refused with the command to run."""
    if safe_mode:
        # The setting's variable, so that whatever reads the settings knows.
        os.environ["POINTSYS_SAFE_MODE"] = "1"
    from pointsys.commands.links import address, first_run_link
    from pointsys.core.accounts.services import has_accounts
    from pointsys.core.unit_of_work import unit_of_work

    with site_app(web=True, existing=False, ready=False) as app:
        prepare_database()
        config = app.config["POINTSYS"]
        host, port = host or config.host, port or config.port

        def announce(bound: int) -> None:
            base = config.base_url.rstrip("/") or address(host, bound)
            click.echo(_("Serving on %(url)s (end with Ctrl-C)", url=base))
            if config.safe_mode:
                click.echo(_("Safe mode: no plugin is called. What they would compute is marked and waits."))
            with unit_of_work(drain=False) as session:
                link = None if has_accounts(session) else first_run_link(session, base)
            if link:
                click.echo(
                    _("Nobody can sign in yet. Open this link once, within 24 hours, to set the site up:")
                )
                click.echo(link)

        run_server(app, host, port, announce)


def prepare_database() -> None:
    """Make the tables of an empty database; raises Problem database_behind for one with older tables."""
    from pointsys.commands.frame import check_database
    from pointsys.core import schema
    from pointsys.core.database import db

    if all(status.current is None for status in schema.status(db.engine)):
        schema.upgrade(db.engine)
    check_database()


def run_server(
    app: Flask, host: str, port: int, announce: Callable[[int], None], *, try_next: bool = False
) -> None:
    """Listen, then call ``announce`` with the port, then serve until interrupted.

    With ``try_next`` a taken port is passed over for the next free one. Raises Problem port_taken.
    """
    from waitress.server import create_server

    from pointsys.app import BODY_LIMIT
    from pointsys.core.jobs.results import in_temp_folder
    from pointsys.serving.loop import Stop, serve_until
    from pointsys.serving.workers import workers_for
    from pointsys.web.logging_json import start_logging, stop_logging

    listening = _listen(host, range(port, min(port + PORTS_TO_TRY, 65_536)) if try_next else [port])
    config = app.config["POINTSYS"]
    server = create_server(
        app,
        sockets=[listening],
        threads=THREADS,
        ident=None,
        url_scheme="https" if config.base_url.startswith("https:") else "http",
        # A little more than the application takes, so that its own page refuses what is too large.
        max_request_body_size=BODY_LIMIT * 2,
    )
    stop = Stop()
    workers = workers_for(app, stopping=lambda: stop.asked)
    lines = start_logging(config.logs)
    try:
        workers.start()
        try:
            stop.arm(getattr(server, "pull_trigger", None))
            announce(int(listening.getsockname()[1]))
            with in_temp_folder(config.home):
                serve_until(server, stop, workers.ask_to_stop)
        finally:
            workers.stop()
    finally:
        server.close()
        stop_logging(lines)


def _listen(host: str, ports: Sequence[int]) -> socket.socket:
    """A socket on the first of ``ports`` that is free; raises Problem port_taken or cannot_listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        try:
            return socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise Problem(
                    "cannot_listen",
                    N_("Cannot listen on %(host)s port %(port)s: %(text)s"),
                    field="port", host=host, port=port, text=error.strerror or str(error),
                ) from error  # fmt: skip
    raise Problem(
        "port_taken",
        N_("Port %(port)s is in use by another program. Choose another one with --port."),
        field="port",
        port=ports[0],
    )
