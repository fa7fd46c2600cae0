"""``pointsys key``: the site's keys, taken elsewhere and brought back. They are never part of a backup."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pointsys.commands.console import emit, json_option
from pointsys.commands.texts import _
from pointsys.kit.problems import N_, Problem


@click.group(help=N_("The keys that phones, ID numbers and backups are sealed with."))
def key() -> None:
    """Commands about the keys."""


def _path() -> Path:
    from pointsys.config import load_config

    return load_config().home / "keys.json"


def _mark(path: Path) -> str:
    from pointsys.core.backup.manifest import key_mark
    from pointsys.core.key_file import read_keyring

    try:
        return key_mark(read_keyring(path))
    except (OSError, ValueError, KeyError, TypeError):
        raise Problem(
            "bad_key_file", N_("%(name)s holds no keys of this program."), field="file", name=path.name
        ) from None


@key.command(help=N_("Copy the keys to FILE, which only you can read. Keep it apart from the backups."))
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def export(file: Path, as_json: bool) -> None:
    """Write the keys to a new file of mode 600."""
    source = _path()
    if not source.exists():
        raise Problem("no_site", N_("There are no keys in %(home)s yet."), home=source.parent)
    mark = _mark(source)
    if file.is_dir() or not file.parent.is_dir():
        raise Problem("no_folder", N_("There is no folder %(name)s."), field="file", name=file.parent)
    _write_new(file, source.read_bytes())
    _told(
        as_json,
        mark,
        N_("The keys (mark %(mark)s) are in %(name)s. Whoever has them can read every backup."),
        file,
    )


@key.command(
    name="import", help=N_("Take the keys of FILE as this site's own; a site with other keys refuses.")
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def import_(file: Path, as_json: bool) -> None:
    """Put the keys in their place."""
    mark, target = _mark(file), _path()
    if target.exists():
        if _mark(target) != mark:
            raise Problem(
                "other_keys",
                N_(
                    "This site has other keys already (mark %(mark)s). Its data could not be read any more: "
                    "use an empty home folder."
                ),
                field="file",
                mark=_mark(target),
            )
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_new(target, file.read_bytes())
    _told(as_json, mark, N_("The keys (mark %(mark)s) are in place."), target)


def _write_new(path: Path, content: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Problem(
            "file_exists", N_("%(name)s is there already: choose another name."), field="file", name=path.name
        ) from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)


def _told(as_json: bool, mark: str, text: str, path: Path) -> None:
    if as_json:
        emit({"mark": mark, "file": str(path)})
    else:
        click.echo(_(text, mark=mark, name=path.name))
