"""Why this number: a stored score and the entries it was made of, put together and said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext

from pointsys.plugin import CONFIRMED, N_, PENDING, REJECTED, VOIDED

from .own import MemberView, OwnEntry, StoredScore
from .stored import hundredths

REASONS: Mapping[str, str] = {
    "pending": N_("waits for confirmation"),
    "rejected": N_("not confirmed"),
    "voided": N_("withdrawn"),
    "out_of_period": N_("belongs to another period"),
    "future": N_("lies in the future"),
    "before_checkin": N_("before the day of check-in"),
    "after_exit": N_("after the last day as a member here"),
    "late": N_("recorded too late for this period"),
    "no_rule": N_("the scheme has no rule for it"),
    "below_min": N_("less than the smallest amount that counts"),
    "bad_attr": N_("a detail that the rule needs is missing"),
    "out_of_range": N_("the points given lie outside what the rule allows"),
    "duplicate": N_("recorded twice"),
    "limit": N_("the number that counts was reached"),
    "superseded": N_("a better one of the same kind counts instead"),
    "expired": N_("no longer valid"),
    "unmapped": N_("this kind of activity earns no points here"),
    "not_enrolled": N_("not checked in during this period"),
    "uncounted": N_("not computed yet"),
}
WINDOWS: Mapping[str, str] = {
    "event": N_("each time"),
    "day": N_("a day"),
    "month": N_("a month"),
    "quarter": N_("a quarter"),
    "half": N_("half a year"),
    "year": N_("a year"),
    "period": N_("the whole period"),
}


@dataclass(frozen=True)
class Line:
    """One entry of the period: ``value`` before and ``credited`` after limits and caps, ``why`` what took the rest.

    ``state`` is counted, cut, waiting or ignored; ``expected`` what a waiting one would bring, "" if nothing is known.
    """

    on: date
    title: str
    kind: str
    organiser: str
    item: str
    quantity: str
    value: str
    credited: str
    state: str
    why: str
    expected: str
    entry: OwnEntry
    version: str = ""


@dataclass(frozen=True)
class Bar:
    """One category against its cap; ``share`` in whole percent of the cap and ``room`` below it, None without one."""

    title: str
    value: str
    cap: str | None
    share: int | None
    notes: Sequence[str]
    room: str | None = None


@dataclass(frozen=True)
class Derived:
    """Points that no single entry carries: an expectation, an attendance ratio, a sum."""

    title: str
    points: str
    why: str


@dataclass(frozen=True)
class GradeLine:
    """One grade of the scheme: what it takes, and what is missing."""

    id: str
    needs: str
    missing: Sequence[str]
    own: bool


@dataclass(frozen=True)
class Why:
    """Everything the page of one score shows."""

    score: StoredScore
    bars: Sequence[Bar]
    derived: Sequence[Derived]
    lines: Sequence[Line]
    grades: Sequence[GradeLine]
    gates: Sequence[str]
    vetoed: bool
    expected_total: str
    total_stays: bool
    total_note: str
    version: str = ""


def span_of(score: StoredScore) -> tuple[date | None, date | None]:
    """First and last day of a score's period, None where it has none."""
    period = score.detail["explain"]["period"]
    first, last = period["first"], period["last"]
    return (date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)


def explain(member: MemberView, score: StoredScore, entries: Sequence[OwnEntry]) -> Why:
    """Put a score and the entries of its period together."""
    detail = score.detail
    shown, result = detail["explain"], detail["result"]
    items: Mapping[str, str] = detail["items"]
    events = {event["id"]: event for event in shown["events"]}
    expected: Mapping[str, Any] = detail.get("expected") or {}
    settled = not member.waits and not score.old
    titles = {entry.public_id: entry.title for entry in entries}
    lines = [
        _line(entry, events.get(entry.public_id), items, titles, expected.get("credited", {}), score, settled)
        for entry in entries
    ]
    then = expected.get("total")
    return Why(
        score=score,
        bars=[_bar(column) for column in shown["categories"]],
        derived=[_derived(line) for line in shown["derived"]],
        lines=lines,
        grades=_grades(shown, result, items),
        gates=[
            gettext(
                "%(title)s: not met, so the grade is at most %(grade)s",
                title=g["title"],
                grade=g["grade_max"],
            )
            for g in detail["gates"]
        ],
        vetoed=bool(result.get("vetoed")),
        expected_total=then if then is not None and then != score.total else "",
        total_stays=bool(expected.get("total_stays")),
        total_note=_total_note(shown.get("total")),
        version=str(shown.get("version", "")),
    )


def _line(
    entry: OwnEntry,
    event: Mapping[str, Any] | None,
    items: Mapping[str, str],
    titles: Mapping[str, str],
    expected: Mapping[str, str],
    score: StoredScore,
    settled: bool,
) -> Line:
    reason = _reason(entry, event, score, settled)
    event = event or {}
    cut = event.get("cut_by")
    credited = event.get("credited", "")
    state = "counted"
    if reason == "pending":
        state = "waiting"
    elif reason:
        state = "ignored"
    elif cut:
        state = "cut"
    why = gettext(REASONS[reason]) if reason else ""
    if cut and reason != "pending":
        why = cut_text(cut, items, titles)
    return Line(
        on=entry.local_date,
        title=entry.title,
        kind=entry.kind,
        organiser=entry.organiser,
        item=event.get("title", ""),
        quantity=event.get("qty", ""),
        value=event.get("value", ""),
        credited=credited,
        state=state,
        why=why,
        expected=expected.get(entry.public_id, "") if entry.status == PENDING else "",
        entry=entry,
        version=str(event.get("version") or score.detail["explain"].get("version", "")),
    )


def _reason(entry: OwnEntry, event: Mapping[str, Any] | None, score: StoredScore, settled: bool) -> str:
    """The code of the reason for which an entry brings nothing, "" when it counts."""
    if entry.status in (REJECTED, VOIDED):
        return entry.status
    if event is None:
        if not settled:
            return "uncounted"
        return "not_enrolled" if score.status != "graded" else "unmapped"
    if entry.status == PENDING:
        return "pending"
    reason = event.get("reason") or ""
    # Decided a moment ago, and the score does not know it yet.
    return "uncounted" if entry.status == CONFIRMED and reason in ("pending", "rejected") else str(reason)


def cut_text(cut: Mapping[str, Any], items: Mapping[str, str], titles: Mapping[str, str]) -> str:
    """The cap, limit or better entry that took points away, in words."""
    if "cap" in cut:
        of = items.get(cut["of"], cut["of"])
        return str(
            gettext(
                "cap of %(limit)s points for %(item)s in %(window)s reached",
                limit=cut["limit"],
                item=of,
                window=cut["window"],
            )
        )
    if "limit" in cut:
        return str(gettext("only %(count)s count in %(window)s", count=cut["count"], window=cut["window"]))
    reason = REASONS["superseded"]
    better = titles.get(cut.get("kept", ""), "")
    return (
        str(gettext("a better one counts instead: %(title)s", title=better))
        if better
        else str(gettext(reason))
    )


def _bar(column: Mapping[str, Any]) -> Bar:
    notes = []
    if _is_something(column["base"]):
        notes.append(gettext("%(points)s to begin with", points=column["base"]))
    if _is_something(column["earned"]):
        notes.append(gettext("%(points)s earned", points=column["earned"]))
    if _is_something(column["deducted"]):
        notes.append(gettext("%(points)s deducted", points=column["deducted"].lstrip("-")))
    if _is_something(column["cut"]):
        notes.append(gettext("%(points)s above the cap do not count", points=column["cut"]))
    if _is_something(column["raised"]):
        notes.append(gettext("raised by %(points)s to the lowest value", points=column["raised"]))
    cap = column["cap"]
    share = _percent(column["value"], cap)
    return Bar(
        column["title"] or column["id"], column["value"], cap, share, notes, _room(column["value"], cap)
    )


def _room(value: str, cap: str | None) -> str | None:
    """How many points may still come: "33.50"; None without a cap, and where it is reached."""
    left = 0 if cap is None else hundredths(cap) - hundredths(value)
    return f"{left // 100}.{left % 100:02d}" if left > 0 else None


def _is_something(points: str) -> bool:
    return any(digit in "123456789" for digit in points)


def _percent(value: str, cap: str | None) -> int | None:
    if cap is None or not _is_something(cap):
        return None
    whole, limit = int(value.replace(".", "")), int(cap.replace(".", ""))
    return max(0, min(100, whole * 100 // limit))


def _derived(line: Mapping[str, Any]) -> Derived:
    why = ""
    if "missed" in line:
        why = gettext("missed in %(windows)s", windows=", ".join(line["missed"]))
    elif "met" in line:
        why = gettext("met in %(windows)s", windows=", ".join(line["met"]))
    elif "sessions" in line:
        why = gettext(
            "%(attended)s of %(sessions)s sessions attended",
            attended=line["attended"],
            sessions=line["sessions"],
        )
    elif "count" in line:
        why = gettext("from %(count)s entries", count=line["count"])
    return Derived(line["title"] or line["id"], line["points"], why)


def _grades(shown: Mapping[str, Any], result: Mapping[str, Any], items: Mapping[str, str]) -> list[GradeLine]:
    found = []
    for grade in shown.get("grades", ()):
        needs = ""
        if grade["min"] is not None:
            needs = gettext("%(points)s points or more", points=grade["min"])
        elif grade["above"] is not None:
            needs = gettext("more than %(points)s points", points=grade["above"])
        missing = [_unmet(lacking, items) for lacking in grade["unmet"]]
        found.append(GradeLine(grade["title"] or grade["id"], needs, missing, grade["id"] == result["grade"]))
    return found


def _unmet(lacking: Mapping[str, Any], items: Mapping[str, str]) -> str:
    names = ", ".join(items.get(name, name) for name in lacking.get("items", ()))
    what = {
        "count": N_("%(names)s: %(actual)s times of %(min)s"),
        "qty": N_("%(names)s: %(actual)s of %(min)s"),
    }
    text = what.get(lacking["of"], N_("%(actual)s points of %(min)s"))
    said = gettext(text, names=names, actual=lacking["actual"], min=lacking["min"])
    windows = lacking.get("windows")
    return gettext("%(text)s in %(windows)s", text=said, windows=", ".join(windows)) if windows else str(said)


def _total_note(total: Mapping[str, Any] | None) -> str:
    if not total:
        return ""
    if hundredths(total["value"]) < hundredths(total["before_veto"]):
        return str(gettext("%(points)s before the veto", points=total["before_veto"]))
    return str(gettext("of %(cap)s at most", cap=total["cap"])) if total["cap"] is not None else ""
