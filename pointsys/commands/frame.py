"""What every command stands on: lazy loading, the site's application, refusals and exit codes.

Exit codes: 0 done (rows that were skipped included), 2 refused with nothing changed, 1 failed. A refusal is a
Problem; its text goes to standard error in the site's language, and with ``--json`` an object
``{"error": {"code", "message", "field"}}`` to standard output as well.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from pointsys.commands import texts
from pointsys.commands.console import emit
from pointsys.config import ConfigError
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from pointsys.core.areas.models import Area
    from pointsys.core.host import Host

REFUSED = 2
FAILED = 1

Command = TypeVar("Command", bound=Callable[..., Any])
MakeApp = Callable[..., "Flask"]


class PointsysGroup(click.Group):
    """The root: ``lazy`` maps a command to "module:attribute"; other names are asked of the plugins."""

    def __init__(self, *args: Any, lazy: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy
        self._plugins_asked = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The core's commands in the order of their table, then those of plugins."""
        self._ask_plugins()
        return [*self.lazy, *sorted(set(self.commands) - set(self.lazy))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now if it has to be."""
        if cmd_name in self.lazy:
            module, _, attribute = self.lazy[cmd_name].partition(":")
            return cast(click.Command, getattr(importlib.import_module(module), attribute))
        self._ask_plugins()
        return super().get_command(ctx, cmd_name)

    def _ask_plugins(self) -> None:
        if self._plugins_asked:
            return
        self._plugins_asked = True
        for answer in _host().call_each("register_commands", cli=self):
            if answer.error is not None:
                click.echo(
                    f"plugin {answer.info.name}: {type(answer.error).__name__}: {answer.error}", err=True
                )

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line and leave with its exit code."""
        given = kwargs.pop("args", None) or (args[0] if args else None)
        arguments = list(sys.argv[1:] if given is None else given)
        debug = "--debug" in arguments or os.environ.get("POINTSYS_DEBUG", "") not in ("", "0")
        arguments = [argument for argument in arguments if argument != "--debug"]
        kwargs.pop("standalone_mode", None)
        _use_utf8()
        texts.speak_site_language()
        if {"--help", "-h"} & set(arguments) or not arguments:
            _translate_help(self, arguments)
        sys.exit(self._guarded(arguments, kwargs, debug))

    def _guarded(self, arguments: list[str], kwargs: dict[str, Any], debug: bool) -> int:
        as_json = "--json" in arguments
        try:
            result = super().main(args=arguments, standalone_mode=False, **kwargs)
        except Refusal as refusal:
            return _report(as_json, REFUSED, refusal.code, refusal.message, refusal.field)
        except Problem as problem:
            return _report(as_json, REFUSED, problem.code, texts.sentence(problem), problem.field)
        except click.UsageError as error:
            if not as_json and error.ctx is not None:
                click.echo(error.ctx.get_usage(), err=True)
            return _report(as_json, REFUSED, "usage", error.format_message())
        except click.ClickException as error:
            return _report(as_json, error.exit_code, "failed", error.format_message())
        except ConfigError as error:
            return _report(as_json, REFUSED, "bad_setting", str(error))
        except (click.Abort, KeyboardInterrupt):
            return _report(as_json, FAILED, "interrupted", texts._("Interrupted."))
        except BrokenPipeError:
            # Whoever read our output has seen enough; the interpreter must not complain while it flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        except Exception as error:  # nobody is served by a traceback they did not ask for
            if debug:
                raise
            return _report(as_json, FAILED, "failed", shorten(error))
        return result if isinstance(result, int) else 0


class Refusal(Exception):
    """A Problem that was put into words while its application was still there."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.code = problem.code
        self.field = problem.field
        self.message = texts.sentence(problem)


def _report(as_json: bool, exit_code: int, code: str, message: str, field: str | None = None) -> int:
    if as_json:
        emit({"error": {"code": code, "message": message, "field": field}})
    click.echo(message, err=True)
    return exit_code


def shorten(error: Exception) -> str:
    """One line about an unexpected error, without the data it was about."""
    # SQLAlchemy's own text quotes the statement with people's data in it; the driver's does not.
    cause = getattr(error, "orig", None) or error
    first = (str(cause).strip() or "-").splitlines()[0]
    return texts._(
        "This did not work: %(kind)s: %(text)s. Run it again with --debug to see more.",
        kind=type(cause).__name__,
        text=first,
    )


def _use_utf8() -> None:
    # Windows gives pipes an encoding of its own, in which half of the names cannot be written.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            reconfigure(encoding="utf-8", errors="replace")


def _host() -> Host:
    from pointsys.config import load_config
    from pointsys.core.host import load_host

    return load_host(disabled=load_config().disabled)


def _translate_help(group: click.Group, arguments: Sequence[str]) -> None:
    """Put the helps of the asked command, or of all in a group, into the site's language."""
    ctx = click.Context(group)
    command: click.Command | None = group
    for name in arguments:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(ctx, name) if not name.startswith("-") else None
        command = found or command
    shown = [command, group]
    if isinstance(command, click.Group):
        shown += [command.get_command(ctx, name) for name in command.list_commands(ctx)]
    for item in shown:
        if item is None:
            continue
        item.help = texts._(item.help) if item.help else item.help
        for parameter in item.params:
            if isinstance(parameter, click.Option) and parameter.help:
                parameter.help = texts._(parameter.help)


@contextmanager
def site_app(*, web: bool = False, existing: bool = True, ready: bool = True) -> Iterator[Flask]:
    """The application of the command's site, its context pushed.

    ``existing`` refuses where no site was made yet (no_site), ``ready`` one whose database is behind
    (database_behind). Tests give an application factory as click's ``obj``.
    """
    from pointsys.app import create_app
    from pointsys.core.database import db
    from pointsys.core.one_host import refuse_second_host

    ctx = click.get_current_context(silent=True)
    make: MakeApp = (ctx.find_root().obj if ctx is not None else None) or create_app
    if make is create_app and existing:
        _check_there_is_a_site()
    app = make(web=web)
    with app.app_context():
        try:
            if ready:
                check_database()
                refuse_second_host()
            yield app
        except Problem as problem:
            raise Refusal(problem) from problem
        finally:
            db.session.remove()
            db.engine.dispose()


def _check_there_is_a_site() -> None:
    from pointsys.config import load_config

    home = load_config().home
    if not (home / "keys.json").exists():
        raise Problem(
            "no_site",
            N_(
                "There is no site in %(home)s. Make one with: pointsys init --area CODE --name NAME, "
                "or look around in: pointsys demo"
            ),
            home=home,
        )


def check_database() -> None:
    """Raise Problem database_behind unless every component is at this program's version."""
    from pointsys.core import schema
    from pointsys.core.database import db

    behind = [status.component for status in schema.status(db.engine) if not status.up_to_date]
    if behind:
        raise Problem(
            "database_behind",
            N_("The database is not at this program's version (%(parts)s). Run: pointsys db upgrade"),
            parts=", ".join(behind),
        )


def site_command(function: Command) -> Command:
    """Run a command inside the application of its site, whose database is up to date."""

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with site_app():
            return function(*args, **kwargs)

    return cast(Command, inside)


def find_or_refuse(session: Session, code: str) -> Area:
    """The area with this code; raises Problem unknown_area."""
    from pointsys.core.areas.services import find_area

    area = find_area(session, code.strip())
    if area is None:
        raise Problem(
            "unknown_area", N_("There is no area with the code %(code)s."), field="area", code=code.strip()
        )
    return area


def report_failures(failed: Mapping[str, str]) -> int:
    """Say which plugins could not compute their results, and give the exit code for it."""
    for plugin, error in failed.items():
        text = N_(
            "%(plugin)s could not compute its results (%(error)s); they are tried again by: pointsys replay"
        )
        click.echo(texts._(text, plugin=plugin, error=error), err=True)
    return FAILED if failed else 0
