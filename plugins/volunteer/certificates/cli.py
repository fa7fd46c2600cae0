"""``pointsys volunteer certificate``: issue, list, check, print and revoke from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import click
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    REVOKE_REASONS,
    Document,
    Person,
    Problem,
    document_by_number,
    document_pdf,
    document_replaced_by,
    emit,
    find_area,
    format_hours,
    json_option,
    operator,
    person_below,
    print_table,
    read_scope,
    refuse_closed,
    site_command,
    unit_of_work,
)

from ..hours import parse_day
from ..teams.models import VolunteerTeam
from . import reading, services
from .content import served_from
from .models import VolunteerCertificate
from .reading import STATES, Filters, Line

MOST_LINES = 10_000


@click.group("certificate", help=N_("Certificates of voluntary service."))
def certificate() -> None:
    """Certificates."""


@certificate.command("issue", help=N_("Issue a certificate about a person, or replace one."))
@click.option(
    "--area", "code", required=True, help=N_("Code of the area that the person belongs to, or one above.")
)
@click.option("--person", required=True, help=N_("Id of the person."))
@click.option(
    "--from", "first", default="", help=N_("First day, as 2026-03-01; else the first day of service.")
)
@click.option("--to", "last", default="", help=N_("Last day, as 2026-03-31; else the last day of service."))
@click.option("--team", default="", help=N_("Id of the issuing team; else the person's community issues."))
@click.option("--handler", default="", help=N_("Who handles it; stands on the paper."))
@click.option("--replaces", default="", help=N_("Number of the certificate that it takes the place of."))
@json_option
@site_command
def issue(
    code: str, person: str, first: str, last: str, team: str, handler: str, replaces: str, as_json: bool
) -> None:
    """Print number and sums of the new certificate."""
    with unit_of_work() as session:
        holder = _person(session, code, person)
        older = _certificate(session, replaces) if replaces else None
        if older is not None:
            services.check_replaceable(session, older, holder)
        begin, end = _period(session, holder, first, last)
        issuer = services.issuer_for(session, holder, _team(session, team) if team else None)
        issued = services.issue(
            session, holder, issuer, begin, end, operator(), handler=handler, replaces=older
        )
        line = reading.line_of(session, issued)
    _print_one(line, as_json)


@certificate.command("list", help=N_("Certificates that an area and those below issued, the newest first."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option("--state", type=click.Choice(list(STATES)), default=None, help=N_("Only those in this state."))
@json_option
@site_command
def list_(code: str, state: str | None, as_json: bool) -> None:
    """Print the register."""
    with read_scope() as session:
        area = find_area(session, code.strip())
        if area is None:
            raise _unknown_area(code)
        rows, total = reading.certificates_below(
            session, area.id, Filters(state=state or ""), limit=MOST_LINES, offset=0
        )
    if as_json:
        emit({"total": total, "rows": [_values(row) for row in rows]})
        return
    print_table(
        [
            [row.number, row.holder, row.issuer, format_hours(row.minutes), str(gettext(STATES[row.state]))]
            for row in rows
        ],
        [gettext("Number"), gettext("Name"), gettext("Issued by"), gettext("Hours"), gettext("State")],
    )


@certificate.command(
    "check", help=N_("What the records say of a certificate: its state, and what it states.")
)
@click.argument("number")
@click.option(
    "--code", "check_code", default="", help=N_("The check code; refused unless it is the certificate's.")
)
@json_option
@site_command
def check(number: str, check_code: str, as_json: bool) -> int:
    """Print the state; exit code 1 for a certificate that is not valid."""
    with read_scope() as session:
        found = _certificate(session, number)
        document = session.get_one(Document, found.document_id)
        if check_code and document_by_number(session, document.number, check_code) is None:
            raise Problem(
                "bad_check_code", N_("The check code is not the one of this certificate."), field="code"
            )
        newer = document_replaced_by(session, document)
        line = reading.line_of(session, found)
    _print_one(
        line, as_json, {"replaced_by": "" if newer is None else newer.number, "sha256": document.sha256}
    )
    return 0 if line.state == "issued" else 1


@certificate.command("pdf", help=N_("Write the PDF of a certificate into a file."))
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@site_command
def pdf(number: str, file: Path, as_json: bool) -> None:
    """Print the paper."""
    with read_scope() as session:
        found = _certificate(session, number)
        refuse_closed(session.get_one(Person, found.person_id))
        data = document_pdf(session.get_one(Document, found.document_id))
    file.write_bytes(data)
    if as_json:
        emit({"number": number.strip().upper(), "file": str(file), "bytes": len(data)})


@certificate.command("revoke", help=N_("End a certificate for good; its number keeps answering."))
@click.argument("number")
@click.option(
    "--class", "reason_class", type=click.Choice(list(REVOKE_REASONS)), required=True,
    help=N_("The kind of reason, which anybody may read."),
)  # fmt: skip
@click.option("--reason", required=True, help=N_("Why, for the file."))
@json_option
@site_command
def revoke(number: str, reason_class: str, reason: str, as_json: bool) -> None:
    """Print the certificate as it stands now."""
    with unit_of_work() as session:
        found = _certificate(session, number)
        services.revoke(session, found, reason_class, reason, operator())
        line = reading.line_of(session, found)
    _print_one(line, as_json)


def _values(line: Line) -> dict[str, object]:
    return {
        "id": line.public_id,
        "number": line.number,
        "state": line.state,
        "name": line.holder,
        "issuer": line.issuer,
        "from": line.first.isoformat(),
        "to": line.last.isoformat(),
        "entries": line.entries,
        "minutes": line.minutes,
        "credit_minutes": line.credit_minutes,
        "hours": format_hours(line.minutes),
        "issued_at": line.issued_at.isoformat(),
        "check": f"/verify/{line.token}",
    }


def _print_one(line: Line, as_json: bool, more: Mapping[str, object] | None = None) -> None:
    if as_json:
        emit({**_values(line), **(more or {})})
        return
    click.echo(
        gettext(
            "%(number)s: %(state)s; %(name)s, %(hours)s hours from %(first)s to %(last)s, issued by %(issuer)s",
            number=line.number, state=gettext(STATES[line.state]), name=line.holder,
            hours=format_hours(line.minutes), first=line.first.isoformat(), last=line.last.isoformat(),
            issuer=line.issuer,
        )
    )  # fmt: skip


def _unknown_area(code: str) -> Problem:
    return Problem(
        "unknown_area", N_("There is no area with the code %(code)s."), field="area", code=code.strip()
    )


def _person(session: Session, code: str, public_id: str) -> Person:
    area = find_area(session, code.strip())
    if area is None:
        raise _unknown_area(code)
    found = person_below(session, area.id, public_id.strip())
    if found is None:
        raise Problem("unknown_person", N_("Nobody in this area has this id."), field="person")
    return found


def _team(session: Session, public_id: str) -> VolunteerTeam:
    found = session.scalar(select(VolunteerTeam).where(VolunteerTeam.public_id == public_id.strip()))
    if found is None:
        raise Problem("unknown_team", N_("There is no team with this id."), field="team")
    return found


def _certificate(session: Session, number: str) -> VolunteerCertificate:
    found = reading.certificate_by_number(session, number)
    if found is None:
        raise Problem("unknown_certificate", N_("There is no certificate with this number."), field="number")
    return found


def _period(session: Session, person: Person, first: str, last: str) -> tuple[date, date]:
    begin, end = parse_day(first, "from"), parse_day(last, "to")
    if begin is not None and end is not None:
        return begin, end
    days = served_from(session, person)
    if days is None:
        raise Problem("nothing_to_state", N_("No credited service is on record."), field="from")
    return begin or days[0], end or days[1]


commands = (certificate,)
