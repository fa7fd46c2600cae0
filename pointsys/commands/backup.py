"""``pointsys backup`` and ``pointsys restore``."""

from __future__ import annotations

from pathlib import Path

import click

from pointsys.commands.console import Steps, emit, json_option
from pointsys.commands.frame import site_app
from pointsys.commands.texts import _
from pointsys.kit.problems import N_, Problem


@click.command(help=N_("Write everything but the keys into one sealed file, while the site goes on."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keep", type=click.IntRange(1), help=N_("FILE is a folder: delete all but the newest N backups in it.")
)
@json_option
def backup(file: Path, keep: int | None, as_json: bool) -> None:
    """Make a backup and note it."""
    from pointsys.core.actors import operator
    from pointsys.core.backup.make import audit_backup, make_backup, remove_older
    from pointsys.core.database import db
    from pointsys.core.site import current_site
    from pointsys.core.unit_of_work import unit_of_work

    if keep is not None and not file.is_dir():
        raise Problem("no_folder", N_("There is no folder %(name)s."), field="file", name=file)
    with site_app(ready=False):
        with Steps({"database": N_("Copying the database")}) as steps:
            made = make_backup(current_site(), db.engine, file, tell=steps)
        with unit_of_work(drain=False) as session:
            audit_backup(session, made, operator())
        removed = remove_older(file, keep) if keep is not None else []
    rows, files = sum(made.manifest.tables.values()), len(made.manifest.files)
    if as_json:
        emit({
            "file": str(made.path), "bytes": made.bytes, "rows": rows, "files": files,
            "removed": [path.name for path in removed],
        })  # fmt: skip
        return
    click.echo(
        _(
            "%(file)s: %(rows)s rows and %(files)s files, %(kilobytes)s kB.",
            file=made.path,
            rows=rows,
            files=files,
            kilobytes=made.bytes // 1024 or 1,
        )
    )
    click.echo(
        _("It opens with this site's key only: keep a copy of that elsewhere (pointsys key export)."),
        err=True,
    )


@click.command(help=N_("Bring back a backup: into a new place, verified, then in place of what is there."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--drill", is_flag=True, help=N_("Do everything but the last step, and leave the site as it is.")
)
@click.option("--yes", is_flag=True, help=N_("Do not ask."))
@json_option
def restore(file: Path, drill: bool, yes: bool, as_json: bool) -> None:
    """Restore, or only try."""
    from pointsys.config import load_config
    from pointsys.core.actors import operator
    from pointsys.core.backup.restore import audit_restore
    from pointsys.core.backup.restore import restore as bring_back
    from pointsys.core.database import db
    from pointsys.core.privacy.again import back_again, close_again, told_closed
    from pointsys.core.site import current_site
    from pointsys.core.unit_of_work import unit_of_work

    closed = back = 0
    if not (drill or yes or as_json):
        click.confirm(
            _("Replace all data of this site by the backup? What is there now is kept aside."), abort=True
        )
    with site_app(existing=_own_home(load_config().home), ready=False) as app:
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        closed_before = set() if drill else told_closed()
        db.engine.dispose()
        with Steps({}) as steps:
            restored = bring_back(current_site(), url, file, swap=not drill, tell=steps)
        if not drill:
            with unit_of_work(drain=False) as session:
                audit_restore(session, restored, operator())
            closed = close_again(operator())
            back = back_again(closed_before)
    if as_json:
        emit({
            "swapped": not drill, "rows": restored.rows, "made_at": restored.manifest.made_at,
            "upgraded": restored.upgraded, "kept": restored.kept, "closed_again": closed,
            "back_again": back,
        })  # fmt: skip
        return
    told = N_("The backup of %(at)s is good: %(rows)s rows verified. Nothing was changed.")
    if not drill:
        told = N_("The site stands as it was at %(at)s: %(rows)s rows verified.")
    click.echo(_(told, at=restored.manifest.made_at, rows=restored.rows))
    if closed:
        click.echo(
            _("%(count)s people whom the backup brought back were erased or frozen again.", count=closed)
        )
    if back:
        click.echo(
            _(
                "%(count)s people who had been erased or frozen are back: erasures.jsonl does not name them. "
                "Bring that file back and start the site, or close them by hand; the audit log before told of them.",
                count=back,
            ),
            err=True,
        )
    if not drill:
        click.echo(
            _(
                "Everybody signs in anew; links, codes, tokens and calendar addresses from the backup are void."
            )
        )
    if restored.kept:
        click.echo(
            _("What was there before is kept as %(name)s; delete it when all is well.", name=restored.kept)
        )


def _own_home(home: Path) -> bool:
    """Whether a site has to be there already: the keys have, else the restore could only make useless new ones."""
    if not (home / "keys.json").exists():
        raise Problem(
            "no_key",
            N_(
                "There is no key in %(home)s, so nothing that was sealed can be read. First: pointsys key import FILE"
            ),
            home=home,
        )
    return True
