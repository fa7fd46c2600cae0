"""The numbered paper of a final result: one for each entrant that has one, which anybody can check.

A round that supersedes another replaces its papers, so that an old one says which newer one stands.
"""

from __future__ import annotations

import json

from flask_babel import format_date, gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Document, current_site, issue_document, issuer, mark_documents_stale

from ..ballots.counting import is_hidden
from ..registry.models import PropertyCompany
from ..schemes.models import PropertySchemeVersion
from ..schemes.numbers import exact, plain
from ..schemes.scheme import Scheme
from ..schemes.words import part_title
from .finding import entrants_of
from .models import INSUFFICIENT, PropertyEntrant, PropertyRound
from .notices import notice_of_round, ranked, result_words
from .services import scheme_of

KIND = "property.result"
SERIES = "PJ"
TEMPLATE = "property/result.typ"


def issue(session: Session, round_: PropertyRound, replaced: PropertyRound | None, actor: Actor) -> int:
    """Issue the papers of a round that has just become final; returns how many.

    Papers of the replaced round name their newer one, or are to be renewed where there is none.
    """
    area = session.get_one(Area, round_.area_id)
    scheme = scheme_of(session, round_)
    earlier = _earlier(session, replaced)
    count = 0
    for entrant, estate, company in ranked(session, round_):
        if entrant.status == INSUFFICIENT:
            continue
        title = gettext("Result of the property management rating")
        document = issue_document(
            session, area, kind=KIND, series=SERIES, title=title, template=TEMPLATE, actor=actor,
            snapshot=_snapshot(session, area, round_, scheme, entrant, estate, company),
            replaces=earlier.get(entrant.estate_id),
        )  # fmt: skip
        entrant.document_id = document.id
        earlier.pop(entrant.estate_id, None)
        count += 1
    # What has no result any more has no newer paper either: the old one must not look valid.
    mark_documents_stale(session, [document.id for document in earlier.values()], actor)
    session.flush()
    return count


def _earlier(session: Session, replaced: PropertyRound | None) -> dict[int, Document]:
    """Estate -> the paper of the replaced round, where it was not revoked."""
    if replaced is None:
        return {}
    found = {}
    for entrant in entrants_of(session, replaced):
        document = None if entrant.document_id is None else session.get(Document, entrant.document_id)
        if document is not None and document.state != "revoked":
            found[entrant.estate_id] = document
    return found


def _snapshot(
    session: Session,
    area: Area,
    round_: PropertyRound,
    scheme: Scheme,
    entrant: PropertyEntrant,
    estate: str,
    company: str,
) -> dict[str, object]:
    version = session.get_one(PropertySchemeVersion, round_.scheme_version_id)
    detail = json.loads(entrant.detail)
    notice = notice_of_round(session, round_)
    uscc = session.get_one(PropertyCompany, entrant.company_id).uscc
    return {
        "round": round_.public_id,
        "issuer": issuer(session, area),
        "estate": estate,
        "company": company,
        "uscc": uscc,
        "period": round_.period,
        "score": entrant.score,
        "raw": entrant.raw,
        "stars": entrant.stars,
        "status": entrant.status,
        "list": entrant.list_place,
        "scheme": {"id": version.scheme_id, "no": version.no, "sha256": version.sha256},
        "publicity": None if notice is None else {"id": notice.public_id, "sha256": notice.sha256},
        "texts": {
            "number": gettext("Number"),
            "check_code": gettext("Check code"),
            "statement": gettext(
                "%(estate)s, managed by %(company)s, was rated for %(period)s in “%(round)s”. The result was published "
                "for objections and is final.",
                estate=estate, company=company, period=round_.period, round=round_.title,
            ),
            "result": result_words(entrant),
            "heads": [gettext("Part"), gettext("Weight"), gettext("Value")],
            "parts": [
                [gettext(part_title(part)), percent(part.weight), str(detail["parts"].get(part.id, "—"))]
                for part in scheme.parts
            ],
            "facts": _facts(round_, version, entrant, detail, uscc),
            "verify": gettext("Check this paper at:"),
            "seal": gettext("(Seal)"),
        },
    }  # fmt: skip


def percent(weight: object) -> str:
    """A weight as people read it, "40%"."""
    return f"{plain(exact(weight) * 100)}%"


def _facts(
    round_: PropertyRound,
    version: PropertySchemeVersion,
    entrant: PropertyEntrant,
    detail: dict[str, object],
    uscc: str,
) -> list[list[str]]:
    assert round_.final_at is not None
    final_on = current_site().local(round_.final_at).date()
    cast = gettext("fewer than five") if is_hidden(entrant.ballots) else entrant.ballots
    facts = [
        [gettext("Score"), entrant.score or "—"],
        [gettext("Unified social credit code"), uscc],
        [gettext("Ballots"), gettext("%(cast)s of %(all)s", cast=cast, all=entrant.households)],
        [gettext("Organiser"), round_.organiser],
        [gettext("Rating scheme"), f"{version.title} · {gettext('Version %(no)s', no=version.no)}"],
        [gettext("Final since"), str(format_date(final_on, "long"))],
    ]
    vetoes = detail.get("vetoes")
    if isinstance(vetoes, list) and vetoes:
        told = "；".join(f"{one['title']}（{one['document_no']}）" for one in vetoes)
        facts.append([gettext("Veto"), told])
    return facts
