"""The notice of a round: what is posted for objections, until when, and how it stands with the core."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED, N_, Area, Notice, PublicColumn, Publicity, current_site

from ..ballots.counting import is_hidden
from ..registry.models import PropertyCompany, PropertyEstate
from ..schemes.models import PropertySchemeVersion
from .models import INSUFFICIENT, PropertyEntrant, PropertyRound

KIND = "property.round"
POSTED = "posted"


def notice_of_round(session: Session, round_: PropertyRound) -> Publicity | None:
    """The notice that the round was published with last."""
    return None if round_.publicity_id is None else session.get(Publicity, round_.publicity_id)


def is_running(notice: Publicity | None) -> bool:
    """Whether the notice is up and its last day is not over."""
    return notice is not None and notice.state == POSTED and current_site().now() < notice.closes_before


def is_down(notice: Publicity | None) -> bool:
    """Whether the notice was withdrawn, so that it has to be tallied and published anew."""
    return notice is None or notice.state not in (POSTED, CONFIRMED)


def make_notice(session: Session, area: Area, round_: PropertyRound, days: int) -> Notice:
    """What is posted of a tallied round: each estate with its company, the best score first.

    Nothing of it is of persons. Raises Problem as ``Notice.check`` does.
    """
    version = session.get_one(PropertySchemeVersion, round_.scheme_version_id)
    notice = Notice(
        kind=KIND,
        title=gettext("%(area)s: %(title)s, results for objections", area=area.name, title=round_.title)[
            :200
        ],
        period=round_.period,
        columns=[
            PublicColumn(gettext("Estate")),
            PublicColumn(gettext("Property company")),
            PublicColumn(gettext("Ballots"), "end"),
            PublicColumn(gettext("Score"), "end"),
            PublicColumn(gettext("Result")),
        ],
        rows=[
            [estate, company, _ballots(entrant), entrant.score or "—", result_words(entrant)]
            for entrant, estate, company in ranked(session, round_)
        ],
        days=days,
        subject_ref=round_.public_id,
        rule=f"{version.title} v{version.no} {version.sha256[:16]}",
    )
    notice.check()
    return notice


def _ballots(entrant: PropertyEntrant) -> str:
    cast = gettext("fewer than five") if is_hidden(entrant.ballots) else str(entrant.ballots)
    return f"{cast} / {entrant.households}"


def ranked(session: Session, round_: PropertyRound) -> Sequence[tuple[PropertyEntrant, str, str]]:
    """Entrants with the names of estate and company: those with a score from the best on, then those without one."""
    rows = session.execute(
        select(PropertyEntrant, PropertyEstate.name, PropertyCompany.name)
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyEntrant.company_id)
        .where(PropertyEntrant.round_id == round_.id)
    )
    found = [(row[0], row[1], row[2]) for row in rows]
    return sorted(found, key=lambda row: (_key(row[0]), row[1]))


def _key(entrant: PropertyEntrant) -> tuple[int, int]:
    place = json.loads(entrant.detail).get("place")
    return (0, int(place)) if place is not None else (1, 0)


def result_words(entrant: PropertyEntrant) -> str:
    """The result of an entrant in words: "4 stars", "red list", "sample too small"."""
    if entrant.status == INSUFFICIENT:
        return str(gettext("No result: too few ballots"))
    told = []
    if entrant.status == "vetoed":
        told.append(gettext("Veto"))
    if entrant.stars is not None:
        told.append(gettext("%(count)s stars", count=entrant.stars))
    grade = json.loads(entrant.detail).get("grade")
    if grade:
        told.append(gettext("Grade %(grade)s", grade=grade))
    if entrant.list_place:
        told.append(gettext(LIST_PLACES[entrant.list_place]))
    return " · ".join(told) or "—"


LIST_PLACES = {"red": N_("Red list"), "black": N_("Black list")}
