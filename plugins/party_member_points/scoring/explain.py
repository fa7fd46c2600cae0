"""Why each number of a result is what it is, down to the entry and the cap that cut it."""

from __future__ import annotations

from .enrolment import Stay
from .evaluation import Evaluation
from .exact import Number, plain, printed
from .facts import Entry
from .totals import Column, GradeCheck, Unmet

Shown = dict[str, object]


def explanation(found: Evaluation) -> Shown:
    """``{"period", "events", "categories", "derived", "total", "grades"}`` in neutral JSON, points as text.

    ``events`` are in order of occurrence and contain the ignored ones with their reason; ``cut_by`` names the cap
    and window, the limit, or the better event that took an event's points.
    """
    titles = found.scheme.item_titles
    entries = sorted(found.book.entries, key=lambda entry: (entry.local, entry.id))
    shown: Shown = {
        "period": {"label": found.ask.label, "first": _day(found, True), "last": _day(found, False)},
        "version": found.scheme.versions[found.version].no,
        "events": [_event(found, entry, titles.get(entry.item, entry.item)) for entry in entries]
        if found.outcome
        else [],
        "categories": [_category(name, column) for name, column in found.columns.items()],
        "derived": [
            {
                "type": line.source,
                "id": line.id,
                "title": line.title,
                "category": line.category,
                "points": _signed(line.amount, line.deducted),
                **line.detail,
            }
            for line in found.lines
        ],
    }
    if found.outcome is not None and found.stay is not None:
        shown["enrolled"] = _enrolled(found.stay)
        shown["total"] = _total(found)
        shown["grades"] = [_grade(check) for check in found.outcome.checks]
    return shown


def _day(found: Evaluation, first: bool) -> str | None:
    if first:
        return found.ask.first.isoformat() if found.ask.bounded else None
    return None if found.scheme.period_type == "lifetime" else found.ask.last.isoformat()


def _enrolled(stay: Stay) -> Shown:
    return {"share": plain(stay.share)}


def _signed(amount: Number, deducted: bool) -> str:
    return printed(-amount if deducted else amount)


def _event(found: Evaluation, entry: Entry, title: str) -> Shown:
    rule = entry.rule
    shown: Shown = {"id": entry.id, "item": entry.item, "title": title, "on": entry.day.isoformat()}
    if rule is not None:
        shown.update(category=rule.category or None, kind=rule.kind, mode=rule.mode)
        step = found.scheme.version_index(entry.day)
        if step != found.version:
            # An older version than that of the period's end: it gave the value, the newer one may have capped it.
            shown["version"] = found.scheme.versions[step].no
    if rule is not None and entry.reason in (None, "superseded", "limit", "expired"):
        deducted = rule.kind == "deduct"
        shown["qty"] = plain(entry.effective)
        if rule.valued:
            shown["value"] = _signed(entry.value, deducted)
            shown["credited"] = _signed(0 if entry.reason else entry.credited, deducted)
    if entry.reason is not None:
        shown["reason"] = entry.reason
    shown["cut_by"] = entry.cut_by
    return shown


def _category(name: str, column: Column) -> Shown:
    rule = column.rule
    return {
        "id": name,
        "title": rule.title,
        "base": printed(column.base),
        "earned": printed(column.earned),
        "deducted": _signed(column.deducted, True),
        "cap": None if rule.cap is None else printed(rule.cap),
        "cap_on": "net" if rule.net_cap else "gross",
        "cut": printed(column.cut),
        "floor": None if rule.floor is None else printed(rule.floor),
        "raised": printed(column.raised),
        "weight": None if rule.weight is None else plain(rule.weight),
        "value": printed(column.value),
    }


def _total(found: Evaluation) -> Shown:
    assert found.outcome is not None
    rules = found.scheme.versions[found.version].total
    return {
        "base": printed(found.outcome.base),
        "cap": None if rules.cap is None else printed(rules.cap),
        "floor": None if rules.floor is None else printed(rules.floor),
        "before_veto": printed(found.outcome.before_veto),
        "value": printed(found.outcome.total, rules.places),
        "proposed_grade": found.outcome.proposed,
    }


def _grade(check: GradeCheck) -> Shown:
    rule = check.rule
    return {
        "id": rule.id,
        "title": rule.title,
        "min": None if rule.least is None else printed(rule.least),
        "above": None if rule.above is None else printed(rule.above),
        "reached": check.reached,
        "holds": check.holds,
        "unmet": [_unmet(lacking) for lacking in check.unmet],
    }


def _unmet(lacking: Unmet) -> Shown:
    requirement = lacking.requirement
    in_points = requirement.of in ("category", "total")
    shown: Shown = {
        "of": requirement.of,
        "min": printed(lacking.least) if in_points else plain(lacking.least),
        "actual": printed(lacking.actual) if in_points else plain(lacking.actual),
    }
    if requirement.of == "category":
        shown["id"] = requirement.category
    elif not in_points:
        shown["items"] = list(requirement.items)
    if requirement.each is not None:
        shown.update(each=requirement.each, windows=lacking.windows)
    return shown
