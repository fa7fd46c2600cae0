"""``pointsys serve``: the site's pages, and a thread that works off what interruptions left behind."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import threading
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
KEEP_UP_EVERY = 60.0
PORTS_TO_TRY = 20
_TAKEN = {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)}

log = logging.getLogger(__name__)


@click.command(help=N_("Serve the site's pages until interrupted."))
@click.option("--host", help=N_("Address to listen on; 127.0.0.1 unless the settings say otherwise."))
@click.option("--port", type=click.IntRange(1, 65535), help=N_("Port to listen on; 8000 by default."))
def serve(host: str | None, port: int | None) -> None:
    """Serve; an empty database is prepared, an older one is refused with the command to run."""
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

    listening = _listen(host, range(port, min(port + PORTS_TO_TRY, 65_536)) if try_next else [port])
    https = app.config["POINTSYS"].base_url.startswith("https:")
    server = create_server(
        app,
        sockets=[listening],
        threads=THREADS,
        ident=None,
        url_scheme="https" if https else "http",
        # A little more than the application takes, so that its own page refuses what is too large.
        max_request_body_size=BODY_LIMIT * 2,
    )
    stop = threading.Event()
    try:
        announce(int(listening.getsockname()[1]))
        threading.Thread(target=_keep_up, args=(app, stop), daemon=True).start()
        _end_on_sigterm()
        server.run()
    finally:
        stop.set()
        server.close()


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


def _end_on_sigterm() -> None:
    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, leave)


def _keep_up(app: Flask, stop: threading.Event) -> None:
    """Work off marks that an interrupted command or a failing plugin left behind, now and every minute."""
    from pointsys.core.pending import drain, pending_count
    from pointsys.core.unit_of_work import read_scope

    while True:
        with app.app_context():
            try:
                with read_scope() as session:
                    waiting = pending_count(session)
                if waiting:
                    drain()
            except Exception:  # the next minute is another chance, and the pages must stay up meanwhile
                log.exception("working off pending marks failed")
        if stop.wait(KEEP_UP_EVERY):
            return
