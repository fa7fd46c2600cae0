"""``pointsys key``: the site's keys, changed, taken elsewhere and brought back. They are never part of a backup."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pointsys.commands.console import Steps, emit, json_option, table
from pointsys.commands.frame import FAILED, site_command
from pointsys.commands.texts import _
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from pointsys.core.crypto import Keyring
    from pointsys.core.rotation.status import KeyStatus

STATES = {"present": N_("in use"), "old": N_("old"), "next": N_("prepared")}
PURPOSES = {"data": N_("Data key"), "index": N_("Index key"), "backup": N_("Backup key")}
MOVING = {"move": N_("Sealing anew")}
LEFT = N_(
    "%(count)s values are left under old keys: another machine may not have the new key file yet. "
    "Run this command again."
)
BROKEN = N_(
    "%(count)s values do not open with any key here and were left as they are: they were damaged, or keys are missing."
)


def _called(purpose: str) -> str:
    return _(PURPOSES[purpose])


@click.group(help=N_("The keys that phones, ID numbers and backups are sealed with."))
def key() -> None:
    """Commands about the keys."""


def _path() -> Path:
    from pointsys.config import load_config

    return load_config().home / "keys.json"


def _read(path: Path) -> Keyring:
    from pointsys.core.key_file import read_keyring

    try:
        return read_keyring(path)
    except (OSError, ValueError, KeyError, TypeError):
        raise Problem(
            "bad_key_file", N_("%(name)s holds no keys of this program."), field="file", name=path.name
        ) from None


def _mark(keyring: Keyring) -> str:
    from pointsys.core.backup.manifest import key_mark

    return key_mark(keyring)


@key.command(help=N_("Copy the keys to FILE, which only you can read. Keep it apart from the backups."))
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def export(file: Path, as_json: bool) -> None:
    """Write the keys to a new file of mode 600."""
    source = _path()
    if not source.exists():
        raise Problem("no_site", N_("There are no keys in %(home)s yet."), home=source.parent)
    mark = _mark(_read(source))
    _check_folder(file)
    _write_new(file, source.read_bytes())
    _told(
        as_json,
        mark,
        N_("The keys (mark %(mark)s) are in %(name)s. Whoever has them can read every backup."),
        file,
    )


@key.command(
    name="import",
    help=N_(
        "Take the keys of FILE as this site's own, or add its older ones; a site with other keys refuses."
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def import_(file: Path, as_json: bool) -> None:
    """Put the keys in their place, beside newer ones that are there."""
    from pointsys.core.key_file import load_or_create, merged

    given, target = _read(file), _path()
    if target.exists():
        own = load_or_create(target)
        try:
            both = merged(own, given)
        except ValueError:
            raise Problem(
                "other_keys",
                N_(
                    "This site has other keys already (mark %(mark)s). Its data could not be read any more: "
                    "use an empty home folder."
                ),
                field="file",
                mark=_mark(own),
            ) from None
        if both != own and own.source is not None:
            own.source.change(lambda found: merged(found, given))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_new(target, file.read_bytes())
    _told(as_json, _mark(_read(target)), N_("The keys (mark %(mark)s) are in place."), target)


@key.command(help=N_("Show which keys there are and how many values stand under each."))
@json_option
@site_command
def status(as_json: bool) -> None:
    """One line a key."""
    from pointsys.core.rotation.status import key_status
    from pointsys.core.unit_of_work import read_scope

    with read_scope() as session:
        found = key_status(session)
    if as_json:
        emit(_as_json(found))
        return
    rows = [
        (_called(item.purpose), str(item.version), _(STATES[item.state]), f"{item.values:,}")
        for item in found.versions
    ]
    if found.old_backups:
        rows.append((_called("backup"), "", _(STATES["old"]), f"{found.old_backups:,}"))
    table(rows, (_("Key"), _("Version"), _("State"), _("Values")))
    if found.missing:
        click.echo(_("Keys that values need and that are not here: %(keys)s", keys=", ".join(found.missing)))
    elif found.left:
        click.echo(
            _("%(count)s values still stand under old keys. Run: pointsys key rotate", count=found.left)
        )
    elif found.old:
        click.echo(_("Nothing stands under old keys any more. They can go: pointsys key retire FILE"))


def _as_json(found: KeyStatus) -> dict[str, object]:
    return {
        "keys": [
            {
                "purpose": item.purpose, "version": item.version, "state": item.state, "values": item.values,
                "since": item.since.isoformat() if item.since else None,
            }
            for item in found.versions
        ],
        "left": found.left, "missing": list(found.missing), "old_backup_keys": found.old_backups,
        "moved_at": found.moved_at.isoformat() if found.moved_at else None,
    }  # fmt: skip


@key.command(
    help=N_(
        "Make new keys and seal everything under them while the site works; run it again after an interruption."
    )
)
@click.option("--data", is_flag=True, help=N_("The key that seals values."))
@click.option("--index", is_flag=True, help=N_("The key of exact look-ups."))
@click.option("--backup", is_flag=True, help=N_("The key that seals backups."))
@click.option(
    "--prepare",
    "only_prepare",
    is_flag=True,
    help=N_("Only make the keys, to copy the file to other machines."),
)
@click.option("--anew", is_flag=True, help=N_("New keys, even if an earlier change is not finished."))
@json_option
@site_command
def rotate(data: bool, index: bool, backup: bool, only_prepare: bool, anew: bool, as_json: bool) -> int:
    """Change data and index keys, or those named; go on with a change that was cut off."""
    from pointsys.core.actors import operator
    from pointsys.core.rotation.begin import begin, prepare
    from pointsys.core.rotation.jobs import rest
    from pointsys.core.rotation.move import move

    named = [name for name, asked in (("data", data), ("index", index), ("backup", backup)) if asked]
    purposes = named or ["data", "index"]
    if only_prepare:
        keys = prepare(purposes)
        versions = {"data": max(keys.data_keys), "index": max(keys.index_keys)}
        if as_json:
            emit({"prepared": versions})
        else:
            click.echo(
                _("The new keys are in the key file and not used yet. Copy it to every machine, then rotate.")
            )
        return 0
    begun = begin(purposes, operator(), rest=time.sleep, anew=anew)
    if not as_json:
        text = N_("New: %(keys)s.") if begun.new else N_("Going on with the change that was begun before.")
        click.echo(_(text, keys=", ".join(_called(name) for name in begun.new)), err=True)
    with Steps(MOVING) as steps:
        moved = move(operator(), step=lambda done, total: steps("move", done, total), rest=rest)
    if as_json:
        emit({"new": list(begun.new), "moved": moved.moved, "broken": len(moved.broken), "left": moved.left})
    else:
        click.echo(_("%(count)s values stand under the present keys now.", count=moved.moved))
        if moved.broken:
            click.echo(_(BROKEN, count=len(moved.broken)), err=True)
        elif moved.left:
            click.echo(_(LEFT, count=moved.left), err=True)
        else:
            click.echo(_("Copy the keys to where you keep them: pointsys key export FILE"))
    return FAILED if moved.left else 0


@key.command(help=N_("Move old keys that nothing stands under into FILE. Backups from their time need it."))
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@site_command
def retire(file: Path, as_json: bool) -> None:
    """Take the old keys out of the site's file."""
    from pointsys.core.actors import operator
    from pointsys.core.rotation.retire import retire as retire_keys

    _check_folder(file)
    old = retire_keys(file, operator())
    if as_json:
        emit({"data": old.data, "index": old.index, "backup": old.backups, "file": str(file)})
        return
    names = [f"{_called('data')} {version}" for version in old.data]
    names += [f"{_called('index')} {version}" for version in old.index]
    names += [_called("backup")] * bool(old.backups)
    click.echo(
        _(
            "Retired: %(keys)s. They are in %(name)s: keep it apart, as long as you keep backups from before.",
            keys=", ".join(names), name=file.name,
        )
    )  # fmt: skip


def _check_folder(file: Path) -> None:
    if file.is_dir() or not file.parent.is_dir():
        raise Problem("no_folder", N_("There is no folder %(name)s."), field="file", name=file.parent)


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
