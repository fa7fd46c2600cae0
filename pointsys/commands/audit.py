"""``pointsys audit``: check that nobody changed the logs, and put their head where nobody here can change it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from pointsys.commands.console import emit, json_option, progress
from pointsys.commands.frame import FAILED, site_command
from pointsys.commands.texts import _, sentence
from pointsys.kit.problems import N_

if TYPE_CHECKING:
    from pointsys.core.audit.findings import Report

_SHOWN = 20


@click.group(help=N_("The audit log: check it, and take its head elsewhere."))
def audit() -> None:
    """Commands about the audit log."""


@audit.command(
    help=N_("Check every row of the logs against the chain; exit code 1 and the first bad row if it fails.")
)
@click.option("--look", is_flag=True, help=N_("Only read: seal nothing first, and write nothing down."))
@json_option
@site_command
def verify(look: bool, as_json: bool) -> int:
    """Verify; what was found goes into the log as well."""
    from pointsys.core.actors import operator
    from pointsys.core.audit.jobs import note_outcome
    from pointsys.core.audit.sealer import seal
    from pointsys.core.audit.verify import verify as check
    from pointsys.core.unit_of_work import unit_of_work

    if not look:
        seal()
    with progress(_("Checking")) as update:
        report = check(lambda done, total: update(done))
    if not look:
        with unit_of_work(drain=False) as session:
            note_outcome(session, report, operator())
    if as_json:
        emit(dict(report.as_json()))
    else:
        _told(report)
    return 0 if report.ok else FAILED


def _told(report: Report) -> None:
    from pointsys.core.audit.findings import LOG_TITLES

    for log, count in report.checked.items():
        text = N_("%(log)s: %(count)s rows fit, %(waiting)s not sealed yet")
        click.echo(_(text, log=_(LOG_TITLES[log]), count=count, waiting=report.unsealed[log]))
    click.echo(
        _(
            "Heads kept outside: %(count)s, the last of %(at)s",
            count=report.anchors,
            at=_clock(report.anchored_at),
        )
    )
    for at in report.restores:
        told = N_("A backup was brought back on %(at)s: what came after it in the log is gone.")
        click.echo(_(told, at=_clock(datetime.fromisoformat(at))))
    if report.ok:
        click.echo(
            _(
                "Nothing was changed: block %(position)s, %(hash)s",
                position=report.head.position,
                hash=report.head.hash,
            )
        )
        return
    ordered = sorted(report.findings, key=lambda finding: (finding.position, finding.row))
    click.echo(_("Something was changed: %(count)s findings, the first:", count=report.found))
    for finding in ordered[:_SHOWN]:
        click.echo("  " + sentence(finding.problem(_(LOG_TITLES[finding.log]) if finding.log else "")))


def _clock(at: datetime | None) -> str:
    from pointsys.core.site import current_site

    return "-" if at is None else f"{current_site().local(at):%Y-%m-%d %H:%M}"


@audit.command(help=N_("Seal, print the head of the chain, and append it signed to the file of heads."))
@json_option
@site_command
def head(as_json: bool) -> None:
    """The head, for paper or another machine."""
    from pointsys.core.actors import operator
    from pointsys.core.audit.anchors import add_anchor, anchor_file
    from pointsys.core.audit.sealer import seal
    from pointsys.core.unit_of_work import unit_of_work

    seal()
    with unit_of_work(drain=False) as session:
        anchor = add_anchor(session, operator())
    if as_json:
        emit({**vars(anchor), "file": str(anchor_file())})
        return
    click.echo(
        _(
            "Block %(position)s at %(at)s: %(rows)s rows",
            position=anchor.position,
            at=anchor.at,
            rows=sum(anchor.counts.values()),
        )
    )
    click.echo(_("Hash %(hash)s", hash=anchor.hash))
    click.echo(_("Key %(key)s", key=anchor.key))
    click.echo(_("Signature %(signature)s", signature=anchor.signature))
    click.echo(
        _(
            "Appended to %(name)s. Copy this line to where nobody of this site can change it.",
            name=anchor_file(),
        ),
        err=True,
    )
