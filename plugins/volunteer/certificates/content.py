"""What a certificate states: the credited service of a person in a stretch of days, and the words of the paper.

Only credited minutes count, each entry once; credit hours (timed by the system) and honour hours (recorded by people)
stand apart, and hours are rounded once, on the total. The words are frozen with the document, in the site's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from flask_babel import force_locale, format_date, get_babel, gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    Activity,
    Area,
    Entry,
    Person,
    Problem,
    canonical_ids,
    current_site,
    format_hours,
)

from ..models import VolunteerCredit
from ..people.numbers import volunteer_no
from ..teams.models import VolunteerTeam
from .issuers import Issuer

TITLE = N_("Certificate of voluntary service")
CREDIT = "credit"
MOST_ENTRIES = 2_000
# More lines than that are summed up by month, so that the paper stays readable.
MOST_LINES = 100


@dataclass(frozen=True)
class Item:
    """An entry that is stated."""

    entry_id: int
    day: date
    minutes: int
    klass: str
    title: str
    organiser: str


@dataclass(frozen=True)
class Draft:
    """What would be issued."""

    issuer: Issuer
    first: date
    last: date
    items: tuple[Item, ...]
    facts: dict[str, Any]

    @property
    def minutes(self) -> int:
        """All minutes."""
        return sum(item.minutes for item in self.items)

    @property
    def credit_minutes(self) -> int:
        """The minutes that the system has timed."""
        return sum(item.minutes for item in self.items if item.klass == CREDIT)


def served_from(session: Session, person: Person) -> tuple[date, date] | None:
    """The first and the last day of a person's credited service; None without any. Two statements."""
    kept = canonical_ids(session, [person.id])[person.id]
    credit = VolunteerCredit
    query = select(func.min(credit.local_date), func.max(credit.local_date)).where(
        credit.person_id == kept, credit.minutes > 0
    )
    days = [day for day in session.execute(query).one() if day is not None]
    return (days[0], days[1]) if days else None


def draft(
    session: Session, issuer: Issuer, person: Person, first: date, last: date, *, handler: str = ""
) -> Draft:
    """What ``issuer`` would state of ``person`` (a kept row) from ``first`` to ``last``, both included.

    Raises Problem bad_period, nothing_to_state or too_much_to_state.
    """
    if first > last or last > current_site().today():
        raise Problem(
            "bad_period", N_("The period has to end after its beginning, and not after today."), field="last"
        )
    kept = canonical_ids(session, [person.id])[person.id]
    items = _items(session, issuer, kept, first, last)
    if not items:
        raise Problem(
            "nothing_to_state",
            N_("No credited service is on record in this period: choose another one, or another issuer."),
            field="first",
        )
    if len(items) > MOST_ENTRIES:
        raise Problem(
            "too_much_to_state",
            N_("More than %(count)s entries do not fit one document: choose a shorter period."),
            field="first",
            count=MOST_ENTRIES,
        )
    printed = {**issuer.printed, "handler": handler or issuer.printed["handler"]}
    facts: dict[str, Any] = {
        "holder": person.name,
        "identified": person.id_number_index is not None,
        "volunteer_no": volunteer_no(session, person.id),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "issuer": printed,
        "count": len(items),
        "minutes": sum(item.minutes for item in items),
        "credit_minutes": sum(item.minutes for item in items if item.klass == CREDIT),
        "rows": [
            [item.day.isoformat(), item.title, item.organiser, item.minutes, item.klass] for item in items
        ],
    }
    return Draft(issuer, first, last, items, facts)


def _items(session: Session, issuer: Issuer, kept: int, first: date, last: date) -> tuple[Item, ...]:
    credit = VolunteerCredit
    query = (
        select(
            credit.entry_id, credit.local_date, credit.minutes, credit.klass, Entry.title, VolunteerTeam.name,
            Activity.organiser, Area.name,
        )
        .join(Entry, Entry.id == credit.entry_id)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(Area, Area.id == Entry.area_id)
        .outerjoin(VolunteerTeam, VolunteerTeam.id == credit.team_id)
        .where(
            credit.person_id == kept,
            credit.local_date.between(first, last),
            credit.minutes > 0,
            # What was voided a moment ago may still be credited.
            Entry.status == CONFIRMED,
        )
        .order_by(credit.local_date, credit.entry_id)
        .limit(MOST_ENTRIES + 1)
    )  # fmt: skip
    if issuer.teams is not None:
        query = query.where(credit.team_id.in_(issuer.teams))
    return tuple(Item(*row[:5], row[5] or row[6] or row[7]) for row in session.execute(query))


def snapshot(made: Draft, replaces: str) -> tuple[str, dict[str, object]]:
    """The title, and the frozen content: the facts and the words of the paper, in the site's language."""
    with force_locale(str(get_babel().default_locale)):
        facts = {**made.facts, "replaces": replaces, "remark": _remark(made)}
        return str(gettext(TITLE)), {**facts, "texts": _texts(facts)}


def _remark(made: Draft) -> str:
    return str(
        gettext(
            "Issued free of charge by %(unit)s from its own records; it is no national certificate.",
            unit=made.facts["issuer"]["unit"],
        )
    )


def _texts(facts: Mapping[str, Any]) -> dict[str, object]:
    issuer, dash = facts["issuer"], "—"
    minutes, credit = facts["minutes"], facts["credit_minutes"]
    identity = gettext("resident identity card, on record") if facts["identified"] else dash
    return {
        "statement": gettext(
            "This is to certify that %(name)s took part in voluntary service from %(first)s to %(last)s as recorded "
            "below.",
            name=facts["holder"], first=_day(facts["first"]), last=_day(facts["last"]),
        ),
        "blocks": [
            [gettext("Volunteer"), [
                [gettext("Name"), facts["holder"]],
                [gettext("Kind of identity document"), identity],
                [gettext("Volunteer number"), facts["volunteer_no"] or dash],
            ]],
            [gettext("Service"), [
                [gettext("Time served"), gettext("%(hours)s hours", hours=format_hours(minutes))],
                [gettext("Times"), str(facts["count"])],
                [gettext("Timed by the system"), gettext("%(hours)s hours", hours=format_hours(credit))],
            ]],
            [gettext("Issuer"), [
                [gettext("Organisation"), issuer["unit"]],
                [gettext("Head of the organisation"), issuer["head"] or dash],
                [gettext("Handled by"), issuer["handler"] or gettext("issued by the system")],
                [gettext("Contact"), issuer["contact"] or dash],
            ]],
        ],
        "columns": [
            gettext("Date"), gettext("Service"), gettext("Organiser"), gettext("Hours"), gettext("How recorded"),
        ],
        "rows": _rows(facts["rows"]),
        "rows_title": gettext("Service in detail"),
        "notes_title": gettext("Notes"),
        "notes": _notes(facts),
        "number": gettext("Number"),
        "check_code": gettext("Check code"),
        "issued_on": gettext("Issued on"),
        "verify": gettext("Scan to check this document, or open the address and type the number:"),
        "seal": gettext("(seal) %(text)s", text=issuer["seal"]),
        "missing": gettext("stands for a character that cannot be printed here:"),
    }  # fmt: skip


def _notes(facts: Mapping[str, Any]) -> list[str]:
    counted = gettext(
        "Time counts in whole minutes, and overlapping service once; hours are rounded once, on the total, so that the "
        "lines may differ from it by a hundredth."
    )
    notes = [facts["remark"], str(counted)]
    if facts["replaces"]:
        notes.append(str(gettext("It replaces our certificate %(number)s.", number=facts["replaces"])))
    return notes


def _rows(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    if len(rows) <= MOST_LINES:
        return [
            [day, title, organiser, format_hours(minutes), _klass(klass)]
            for day, title, organiser, minutes, klass in rows
        ]
    lines = []
    for month, several in groupby(rows, key=lambda row: row[0][:7]):
        part = list(several)
        total, credit = sum(row[3] for row in part), sum(row[3] for row in part if row[4] == CREDIT)
        organisers = list(dict.fromkeys(row[2] for row in part))
        shown = "、".join(organisers[:2]) + ("…" if len(organisers) > 2 else "")
        lines.append(
            [
                month,
                gettext("%(count)s times of service", count=len(part)),
                shown,
                format_hours(total),
                gettext("%(hours)s of them timed", hours=format_hours(credit)) if credit else _klass(""),
            ]
        )
    return lines


def _klass(klass: str) -> str:
    return str(gettext("timed") if klass == CREDIT else gettext("recorded by hand"))


def _day(day: str) -> str:
    return str(format_date(date.fromisoformat(day), "long"))
