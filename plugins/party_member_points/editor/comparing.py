"""Some members scored by the rules of now and by a draft, and what differs; nothing is written.

``whole`` takes the draft's newest version as if it had ruled from the first day of the period; otherwise versions rule
from their own days, as they would.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import canonical, current_site

from ..facts import gather
from ..schemes import AreaRules, Publication, period_end, period_of, period_span, rules_of
from ..scoring import Evaluation, Scheme, load_scheme, result_of
from ..scoring.lint import read_scheme_text
from ..services import Score, scores_of
from ..stored import hundredths
from .form import newest
from .toml_text import write

# A draft rules nothing yet: no row has this id.
_NO_ROW = 0


@dataclass(frozen=True)
class Line:
    """One member whose score comes out otherwise; amounts as printed, ``moved`` in hundredths."""

    person_id: int
    total_before: str
    total_after: str
    moved: int
    grade_before: str
    grade_after: str
    step: int
    why: tuple[Mapping[str, object], ...]


class Tally:
    """What the dry run counts on its way: everybody, totals both ways in hundredths, and moves between grades."""

    def __init__(self) -> None:
        self.people = 0
        self.before = self.after = 0
        self.moves: Counter[tuple[str, str]] = Counter()
        self.grades: Counter[tuple[str, str]] = Counter()
        # The names of grades, best first, as they were met.
        self.order: list[str] = []

    def _place(self, pair: tuple[tuple[str, str], int]) -> tuple[int, str]:
        grade = pair[0][1]
        return (self.order.index(grade) if grade in self.order else len(self.order), grade)

    def summary(self) -> str:
        """Canonical JSON."""
        return canonical(
            {
                "before": self.before,
                "after": self.after,
                "moves": [[*move, count] for move, count in sorted(self.moves.items())],
                "grades": [[*side, count] for side, count in sorted(self.grades.items(), key=self._place)],
            }
        )


def kind_of(text: str) -> str:
    """The kind of period that a sound text counts by."""
    return load_scheme(text, format="toml").period_type


def compare(
    session: Session,
    people: Sequence[int],
    area_id: int,
    text: str,
    period: str,
    whole: bool,
    now: datetime,
    tally: Tally,
) -> list[Line]:
    """The members among ``people`` whose score a draft changes; everybody is counted in ``tally``."""
    site = current_site()
    members, rules, confirmed_once = gather(session, people)
    day = reference_day(rules_of(session, area_id), text, period, site.local(now).date())
    drafted = Publication(_NO_ROW, area_id, date.min, tried_text(text, day, whole), "toml")
    label = period_of(drafted.scheme.period_type, day)
    lines = []
    for member in members:
        old = rules[member.area_id]
        new = AreaRules((drafted,), old.mapping)
        before = _one(scores_of(member, old, confirmed_once, now, period))
        after = _one(scores_of(member, new, confirmed_once, now, label))
        tally.people += 1
        line = difference(member.person_id, before, after, tally)
        if line is not None:
            lines.append(line)
    return lines


def _one(scores: Sequence[Score]) -> Score | None:
    return scores[0] if scores else None


def reference_day(rules: AreaRules, text: str, period: str, today: date) -> date:
    """The last day of the period that is tried, today while it runs: the draft may count by other periods."""
    ruling = rules.on(today)
    kind = ruling.scheme.period_type if ruling else kind_of(text)
    return min(period_end(kind, period, today), today)


def tried_text(text: str, day: date, whole: bool) -> str:
    """The draft as it is tried: with ``whole`` its newest version alone, in force from the beginning of the period."""
    data, _findings = read_scheme_text(text, "toml")
    if not whole or not isinstance(data, dict):
        return text
    scheme = load_scheme(text, format="toml")
    first = period_span(scheme.period_type, period_of(scheme.period_type, day))[0]
    made = copy.deepcopy(data)
    version = newest(made)
    assert version is not None
    version["effective_from"] = max(first, date(1900, 1, 1)).isoformat()
    made["version"] = [version]
    return write(made)


def difference(person_id: int, before: Score | None, after: Score | None, tally: Tally) -> Line | None:
    """What changes for one member; None where neither total nor grade does."""
    old, new = _result(before), _result(after)
    total_before, total_after = str(old.get("total") or ""), str(new.get("total") or "")
    grade_before, grade_after = str(old.get("grade") or ""), str(new.get("grade") or "")
    for name in (*_grades(after), *_grades(before)):
        if name not in tally.order:
            tally.order.append(name)
    for side, total, grade in (("before", total_before, grade_before), ("after", total_after, grade_after)):
        tally.grades[side, grade] += 1
        setattr(tally, side, getattr(tally, side) + (hundredths(total) if total else 0))
    moved = (hundredths(total_after) if total_after else 0) - (
        hundredths(total_before) if total_before else 0
    )
    if grade_before != grade_after:
        tally.moves[grade_before, grade_after] += 1
    if not moved and grade_before == grade_after:
        return None
    step = _step_between(grade_before, grade_after, before, after)
    return Line(
        person_id, total_before, total_after, moved, grade_before, grade_after, step,
        tuple(reasons(before, after)),
    )  # fmt: skip


def _result(score: Score | None) -> Mapping[str, Any]:
    return result_of(score.found) if score is not None else {}


def _step_between(old: str, new: str, before: Score | None, after: Score | None) -> int:
    """How many grades up (positive) or down, by the draft's order or that of now; 0 where they do not compare."""
    if old == new:
        return 0
    for score in (after, before):
        names = _grades(score)
        if old in names and new in names:
            return names.index(old) - names.index(new)
    return 0


def _grades(score: Score | None) -> list[str]:
    if score is None:
        return []
    found = score.found
    return list(dict.fromkeys(grade.id for grade in found.scheme.versions[found.version].grades))


def reasons(before: Score | None, after: Score | None) -> list[Mapping[str, object]]:
    """The categories, items and gates that come out otherwise, as {"kind", "title", "before", "after"}."""
    found: list[Mapping[str, object]] = []
    for kind, amounts in (("category", _categories), ("item", _items)):
        old, new = amounts(before), amounts(after)
        titles = {**_titles(before, kind), **_titles(after, kind)}
        found += [
            {
                "kind": kind,
                "title": titles.get(name) or name,
                "before": _printed(old.get(name)),
                "after": _printed(new.get(name)),
                **(_cut(after, name) if kind == "category" else {}),
            }
            for name in [*old, *(name for name in new if name not in old)]
            if old.get(name) != new.get(name)
        ]
    old_gates, new_gates = set(_result(before).get("gates", ())), set(_result(after).get("gates", ()))
    titles = {**_titles(before, "gate"), **_titles(after, "gate")}
    for name in sorted(old_gates ^ new_gates):
        held = name in new_gates
        found.append(
            {"kind": "gate", "title": titles.get(name) or name, "before": "", "after": "1" if held else ""}
        )
    return found


def _printed(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def _categories(score: Score | None) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in _result(score).get("categories", {}).items()}


def _items(score: Score | None) -> dict[str, Decimal]:
    """What each item brings: credited entries by item, and what is derived by its own id."""
    if score is None:
        return {}
    found: dict[str, Decimal] = {}
    item_of = {entry.id: entry.item for entry in score.found.book.entries}
    for event, points in _result(score).get("credited", {}).items():
        item = item_of.get(event, "")
        found[item] = found.get(item, Decimal(0)) + Decimal(points)
    for line in score.found.lines:
        amount = Decimal(int(line.amount)) / 100
        found[line.id] = found.get(line.id, Decimal(0)) + (-amount if line.deducted else amount)
    return {name: amount for name, amount in found.items() if amount}


def _titles(score: Score | None, kind: str) -> Mapping[str, str]:
    if score is None:
        return {}
    scheme: Scheme = score.found.scheme
    if kind == "category":
        return scheme.category_titles
    version = scheme.versions[score.found.version]
    if kind == "gate":
        return {gate.id: gate.title for gate in version.gates}
    expected = {rule.id: rule.title for rule in version.expects.values()}
    shares = {rule.id: rule.title for rule in version.ratios}
    return {**expected, **shares, **scheme.item_titles}


def _cut(score: Score | None, name: str) -> Mapping[str, object]:
    """That the cap of a category took something, and which cap it is."""
    found: Evaluation | None = score.found if score is not None else None
    column = found.columns.get(name) if found is not None else None
    if column is None or not column.cut or column.rule.cap is None:
        return {}
    return {"cap": _printed(Decimal(int(column.rule.cap)) / 100)}
