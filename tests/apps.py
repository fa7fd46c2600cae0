"""Applications that one test after another gets: adding pages and rules takes longer than most tests.

What a test can see of an application is made anew for it: settings, site, clock, and the place that its engine connects
to. The plugins' host, compiled statements and templates stay. An application that a test has added something to, or
whose plugins it has changed, is not used again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, make_url
from werkzeug.routing import Rule

from pointsys.app import configure_site, create_app
from pointsys.config import Config
from pointsys.core.crypto import Keyring
from pointsys.core.database import Clock, db
from pointsys.core.host import Host
from pointsys.rest.access import Permits

NOWHERE = Path("nowhere")
# What Flask itself adds when it is first needed.
LAZY = {"_got_first_request", "jinja_loader", "logger", "name"}


_build = Rule._compile_builder


def builder_on_demand(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    """Compile how a rule's address is built when one is built: a test needs few of the hundreds."""
    made: list[Callable[..., Any]] = []

    def build(self: Rule, /, *args: Any, **kwargs: Any) -> Any:
        if not made:
            made.append(_build(rule, append_unknown))
        return made[0](self, *args, **kwargs)

    return build


@dataclass
class Kept:
    """An application, what it looked like when it was made, and its engine."""

    app: Flask
    host: Host
    engine: Engine
    settings: dict[str, Any]
    extensions: dict[str, Any]
    looks: object = None

    def __post_init__(self) -> None:
        self.looks = self.look()

    def look(self) -> object:
        """Everything that a test could have added or put in the place of something else."""
        app, host, events = self.app, self.host, self.engine.dispatch
        hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
        return (
            {name: id(value) for name, value in vars(app).items() if name not in LAZY},
            # Hundreds of each, compared for every test: no more is made of them than has to be.
            dict(app.view_functions),
            sum(map(len, app.url_map._rules_by_endpoint.values())),
            (
                list(host.plugins.items()),
                list(host.modules),
                dict(host.skipped),
                set(host.bundled),
                host.safe,
            ),
            [(key, *map(id, found)) for several in hooks for key, found in several.items()],
            [*map(id, app.teardown_appcontext_funcs)],
            [
                (error, id(handler))
                for codes in app.error_handler_spec.values()
                for handlers in codes.values()
                for error, handler in handlers.items()
            ],
            [*map(id, app.jinja_env.globals.values()), *map(id, app.jinja_env.filters.values())],
            [len(listeners) for listeners in (events.before_cursor_execute, events.begin, events.commit)],
            [len(self.engine.pool.dispatch.connect), len(self.engine.dialect.dispatch.do_connect)],
        )

    def hand_out(self, config: Config, clock: Clock, keyring: Keyring) -> Flask:
        """The application as if it was made for this site."""
        app, url = self.app, config.sqlalchemy_url
        app.extensions.clear()
        app.extensions.update(self.extensions)
        app.config.clear()
        app.config.update(self.settings)
        configure_site(app, config, clock, keyring, self.host, ())
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        if "pointsys_permits" in app.extensions:
            app.extensions["pointsys_permits"] = Permits()
        app.testing = True
        # Rules may be added until the first request.
        app._got_first_request = False
        if self.engine.url != make_url(url):
            self.engine.dispose()
            self.engine.url = make_url(url)
        return app


class Shelf:
    """The applications of a run by what they differ in."""

    def __init__(self) -> None:
        self.kept: dict[object, Kept] = {}

    def take(self, config: Config, clock: Clock, keyring: Keyring, *, web: bool, bytecode: Any) -> Flask:
        """An application for this site; ``give_back`` ends its use."""
        sqlite = config.sqlalchemy_url.startswith("sqlite")
        alike = replace(config, home=NOWHERE, database_url="")
        key = (repr(alike), sqlite, web, id(keyring))
        if key not in self.kept:
            app = create_app(config, clock=clock, keyring=keyring, web=web)
            app.jinja_env.bytecode_cache = bytecode
            with app.app_context():
                engine = db.engine
            event.listen(engine, "do_connect", _where_the_url_says(engine))
            wait_for_no_disk(engine)
            host = app.extensions["pointsys"].host
            self.kept[key] = Kept(app, host, engine, dict(app.config), dict(app.extensions))
        return self.kept[key].hand_out(config, clock, keyring)

    def give_back(self, app: Flask) -> None:
        """Keep it for the next one who asks, unless something was added to it."""
        for key, kept in list(self.kept.items()):
            if kept.app is app:
                gone = kept.look() != kept.looks
                if gone:
                    del self.kept[key]
                # A server's connections serve the next test too; those to a file would keep it.
                if gone or kept.engine.dialect.name == "sqlite":
                    kept.engine.dispose()

    def close(self) -> None:
        """End all connections."""
        for kept in self.kept.values():
            kept.engine.dispose()


def wait_for_no_disk(engine: Engine) -> None:
    """Nothing of a test outlives a power cut; what the site itself asks of SQLite is tested with ``make_app``."""

    def hurry(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF").close()

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", hurry)


def _where_the_url_says(engine: Engine) -> Any:
    def connect(_dialect: object, _record: object, given: list[Any], more: dict[str, Any]) -> None:
        given[:], named = engine.dialect.create_connect_args(engine.url)
        more.update(named)

    return connect
