"""Works out one person's points for one period.

``evaluate`` runs the steps in the order of the rules: read what is known, select what counts, credit it against
caps, expire, derive, add up, grade. ``Evaluation`` keeps every intermediate figure, from which the neutral result,
the explanation (``explain``) and the next day of change (``outlook``) are read off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from pointsys.plugin import N_, Problem

from .caps import credit
from .derived import Line, by_item, expectations, ratios, sums
from .enrolment import Stay, stay_of
from .exact import printed
from .facts import Book, read_facts
from .periods import Ask, parse_query
from .scheme import Scheme
from .selection import Selection, select
from .totals import Column, Outcome, columns, outcome


@dataclass(slots=True)
class Evaluation:
    """Everything that was worked out for one person and period; ``outcome`` is None when not enrolled."""

    scheme: Scheme
    ask: Ask
    version: int
    book: Book
    stay: Stay | None = None
    selection: Selection | None = None
    lines: list[Line] = field(default_factory=list)
    columns: dict[str, Column] = field(default_factory=dict)
    outcome: Outcome | None = None


def evaluate(scheme: Scheme, facts: object, query: object) -> Evaluation:
    """Work out a person's points; raises Problem when facts or query are at fault."""
    ask = parse_query(scheme.period_type, scheme.zone, query)
    version = scheme.version_index(ask.last)
    if version < 0:
        raise Problem(
            "period_before_scheme",
            N_("The period %(period)s ends before the scheme takes effect on %(date)s: ask for a later one."),
            field="period",
            period=ask.label,
            date=scheme.starts[0].isoformat(),
        )
    book = read_facts(scheme, ask, facts)
    stay = stay_of(scheme, ask, book)
    found = Evaluation(scheme, ask, version, book, stay)
    if stay is not None:
        _work_out(found, stay)
    return found


def _work_out(found: Evaluation, stay: Stay) -> None:
    scheme, ask, version, book = found.scheme, found.ask, found.version, found.book
    selection = select(scheme, ask, book)
    credit(scheme, ask, selection.kept)
    expiry = ask.last if scheme.period_type == "rolling" else date.min
    for entry in selection.kept:
        if entry.valid_to < expiry:
            entry.reason = "expired"
    live = by_item(entry for entry in selection.eligible if entry.valid_to >= expiry)
    counted = [entry for entry in selection.kept if entry.reason is None]
    found.selection = selection
    found.lines = [
        *sums(scheme, version, counted, book),
        *expectations(scheme, ask, stay, version, by_item(selection.eligible)),
        *ratios(scheme, ask, stay, version, live, book),
    ]
    valued = [entry for entry in counted if entry.law.valued]
    found.columns = columns(scheme, version, stay, book, valued, found.lines)
    found.outcome = outcome(scheme, ask, stay, version, book, live, found.columns)


def result_of(found: Evaluation) -> dict[str, object]:
    """The neutral result: printed numbers, reasons of what was ignored, signed credits."""
    if found.outcome is None:
        return {
            "status": "not_enrolled",
            "categories": {},
            "total": None,
            "grade": None,
            "ignored": {},
            "credited": {},
        }
    entries = sorted(found.book.entries, key=lambda entry: entry.id)
    ignored = {entry.id: entry.reason for entry in entries if entry.reason is not None}
    credited = {
        entry.id: printed(-entry.credited if entry.law.kind == "deduct" else entry.credited)
        for entry in entries
        if entry.reason is None and entry.law.valued
    }
    places = found.scheme.versions[found.version].total.places
    result: dict[str, object] = {
        "status": "graded",
        "categories": {name: printed(column.value) for name, column in found.columns.items()},
        "total": printed(found.outcome.total, places),
        "grade": found.outcome.grade,
        "ignored": ignored,
        "credited": credited,
    }
    if found.outcome.gates:
        result["gates"] = found.outcome.gates
    if found.outcome.vetoed:
        result["vetoed"] = True
    return result
