"""Documents on paper: the data a Typst template gets, with its texts in the reader's language and the QR code.

A snapshot that brings its words along (``texts``) is printed with these: a letter says tomorrow what it said when it
was sent. The words of a record of participation are made here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from flask import current_app, has_request_context, request
from flask_babel import format_date, get_locale, gettext, ngettext

import pointsys.templates
from pointsys.core.documents.models import Document
from pointsys.core.site import current_site
from pointsys.kit.documents import render_pdf
from pointsys.kit.intervals import format_hours
from pointsys.kit.problems import N_, Problem


def verify_address(document: Document) -> str:
    """The address that the QR code holds: as people outside reach this site.

    Raises Problem base_url_needed where nobody asked by an address and none is configured, as in commands.
    """
    base = current_app.config["POINTSYS"].base_url.rstrip("/")
    if not base and not has_request_context():
        raise Problem(
            "base_url_needed",
            N_(
                "Set base_url in the configuration first: the paper shows the address that people check it at."
            ),
        )
    # As ``verify.check`` answers; commands have no pages whose address could be asked for.
    return f"{base or request.host_url.rstrip('/')}/verify/{document.token}"


def document_pdf(document: Document) -> bytes:
    """The PDF of an issued document."""
    return render_pdf(template_path(document.template), _data_of(document), _more_fonts())


def documents_pdf(documents: Sequence[Document]) -> bytes:
    """One PDF of several documents of the same template, which finds each one's data in ``letters``."""
    return render_pdf(
        template_path(documents[0].template),
        {"letters": [_data_of(document) for document in documents]},
        _more_fonts(),
    )


def paper_pdf(template: str, data: Mapping[str, object]) -> bytes:
    """The PDF of paper that is no document: cards, slips, posters. ``data`` is what the Typst template reads."""
    return render_pdf(template_path(template), {"lang": get_locale().language, **data}, _more_fonts())


def _more_fonts() -> Path:
    """Where a site puts fonts for characters that the shipped ones lack."""
    return current_site().home / "fonts"


def _data_of(document: Document) -> dict[str, Any]:
    # Its tables take as long to make as a page does: only a page with a picture waits for them.
    import segno

    snapshot: dict[str, Any] = json.loads(document.snapshot)
    address = verify_address(document)
    qr = io.BytesIO()
    segno.make(address, error="m").save(qr, kind="svg", border=0, xmldecl=False)
    data = {
        "lang": get_locale().language,
        "title": document.title,
        "number": document.number,
        "check_code": document.check_code,
        "sha256": document.sha256,
        "snapshot": snapshot,
        "issued_on": _long_date(current_site().local(document.issued_at).date()),
        "qr": qr.getvalue().decode(),
        "address": address,
    }
    if "texts" in snapshot:
        return data | {"texts": snapshot["texts"]}
    return data | {"texts": _texts(snapshot), "rows": [_row(row) for row in snapshot["rows"]]}


def template_path(name: str) -> Path:
    """Where a Typst template lies: with the core's templates, or in a plugin's own ``templates`` folder.

    Raises FileNotFoundError for a name that nobody ships.
    """
    modules = current_site().host.modules.values()
    folders = [Path(next(iter(pointsys.templates.__path__)))]
    folders += [Path(str(module.__file__)).parent / "templates" for module in modules if module.__file__]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(name)


def _long_date(day: date) -> str:
    return str(format_date(day, "long"))


def _row(row: Mapping[str, Any]) -> list[str]:
    hours = "" if row["minutes"] is None else format_hours(row["minutes"])
    return [row["date"], row["title"], row["kind"], row["organiser"], hours]


def _texts(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    first, last = (_long_date(date.fromisoformat(snapshot[key])) for key in ("first", "last"))
    unit, name = snapshot["issuer"]["unit"], snapshot["holder"]
    hours, service = format_hours(snapshot["minutes"]), format_hours(snapshot["service_minutes"])
    return {
        "number": gettext("Number"),
        "check_code": gettext("Check code"),
        "columns": [gettext("Date"), gettext("Activity"), gettext("Kind"), gettext("Organiser"), gettext("Hours")],
        "statement": gettext(
            "According to the records of %(unit)s, %(name)s took part in the following activities from %(first)s "
            "to %(last)s.",
            unit=unit, name=name, first=first, last=last,
        ),
        "totals": ngettext(
            "%(num)s entry, %(hours)s hours in all, of which %(service)s hours of voluntary service.",
            "%(num)s entries, %(hours)s hours in all, of which %(service)s hours of voluntary service.",
            snapshot["count"], hours=hours, service=service,
        ),
        "remark": gettext(
            "Issued free of charge by %(unit)s from its own records; it does not replace a national certificate. "
            "Only confirmed entries are stated, and overlapping time counts once.",
            unit=unit,
        ),
        "verify": gettext("Scan to check this document, or open the address and type the number:"),
        "seal": gettext("(seal) %(text)s", text=snapshot["issuer"]["seal"]),
    }  # fmt: skip
