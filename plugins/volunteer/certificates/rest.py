"""REST of certificates: the register of an area, issuing, replacing and revoking. Checking one needs no token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    RestBlueprint,
    current_actor,
    current_area,
    format_hours,
    missing,
    rest_fields,
    rest_person,
)

from . import issuers, reading, services
from .models import VolunteerCertificate
from .reading import Filters, Line
from .schemas import (
    VolunteerCertificateIn,
    VolunteerCertificateOut,
    VolunteerCertificatesArgs,
    VolunteerCertificatesPage,
    VolunteerRevokeIn,
)

blueprint = RestBlueprint(
    "volunteer_rest_certificates", __name__, description="Certificates of voluntary service"
)

PERMISSION = "volunteer.certify"


def _out(line: Line) -> dict[str, Any]:
    return {
        **vars(line),
        "id": line.public_id,
        "name": line.holder,
        "from_on": line.first,
        "to_on": line.last,
        "hours": format_hours(line.minutes),
        "check": f"/verify/{line.token}",
    }


@blueprint.read(
    "/areas/<code>/volunteer/certificates",
    permission=PERMISSION,
    query=VolunteerCertificatesArgs,
    answer=VolunteerCertificatesPage,
)
def certificates(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Certificates that an area and those below issued, the newest first"""
    filters = Filters(args["q"], args["state"], args["team"], args["year"], args["way"])
    rows, total = reading.certificates_below(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_out(row) for row in rows], total, args)


@blueprint.read(
    "/areas/<code>/volunteer/certificates/<certificate>",
    permission=PERMISSION,
    answer=VolunteerCertificateOut,
)
def certificate(session: Session, args: dict[str, Any], code: str, certificate: str) -> Mapping[str, Any]:
    """One certificate"""
    return _out(reading.line_of(session, _here(session, certificate)))


@blueprint.create(
    "/areas/<code>/volunteer/certificates",
    permission=PERMISSION,
    body=VolunteerCertificateIn,
    answer=VolunteerCertificateOut,
)
def issue(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Issue a certificate, or replace one"""
    person = rest_person(session, given["person"])
    team = None
    if given["team"]:
        offered = issuers.issuing_teams(session, current_area().id)
        team = next((one for one in offered if one.public_id == given["team"]), None)
        if team is None:
            missing()
    older = _here(session, given["replaces"]) if given["replaces"] else None
    if older is not None:
        services.check_replaceable(session, older, person)
    issued = services.issue(
        session, person, services.issuer_for(session, person, team), given["from_on"], given["to_on"],
        current_actor(), handler=given["handler"], replaces=older,
    )  # fmt: skip
    return _out(reading.line_of(session, issued))


@blueprint.create(
    "/areas/<code>/volunteer/certificates/<certificate>/revoke",
    permission=PERMISSION,
    body=VolunteerRevokeIn,
    answer=VolunteerCertificateOut,
    status=200,
)
def revoke(session: Session, given: dict[str, Any], code: str, certificate: str) -> Mapping[str, Any]:
    """End a certificate for good; its number keeps answering"""
    found = _here(session, certificate)
    services.revoke(session, found, given["reason_class"], given["reason"], current_actor())
    return _out(reading.line_of(session, found))


def _here(session: Session, public_id: str) -> VolunteerCertificate:
    found = reading.certificate_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found
