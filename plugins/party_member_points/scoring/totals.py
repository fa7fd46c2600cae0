"""From credited points to the sheet: categories (E8), total, conditions, grade, gates and vetoes (E10, E11, E14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pointsys.plugin import N_, Problem

from .derived import ByItem, Line, amount_of, amounts_by_window
from .enrolment import Stay, judged_windows
from .exact import Number, cents, exact, greater, lesser, over, rounded, to_multiple
from .facts import Book, Entry
from .periods import Ask
from .scheme import Category, Grade, Requirement, Scheme, Version
from .values import all_equal, looked_up


@dataclass(slots=True)
class Column:
    """One category of one person, all in hundredths; ``value`` is what is added up, after floor and weight."""

    rule: Category
    base: Number = 0
    earned: Number = 0
    deducted: Number = 0
    cut: Number = 0
    raised: Number = 0
    value: Number = 0


@dataclass(slots=True)
class Unmet:
    """A requirement that does not hold, with what there is instead (windows for ``each``)."""

    requirement: Requirement
    least: Number
    actual: Number
    windows: list[str] = field(default_factory=list)


@dataclass(slots=True)
class GradeCheck:
    """Whether one grade holds, and what it lacks."""

    rule: Grade
    holds: bool
    reached: bool
    unmet: list[Unmet]


@dataclass(slots=True)
class Outcome:
    """Total in hundredths, grade, gates not met, and whether a veto was set."""

    base: Number
    total: Number
    before_veto: Number
    grade: str | None
    proposed: str | None
    gates: list[str]
    vetoed: bool
    checks: list[GradeCheck]


@dataclass(frozen=True, slots=True)
class Standing:
    """What conditions look at: live eligible entries by item, printed categories and total, prorating."""

    scheme: Scheme
    ask: Ask
    stay: Stay
    live: ByItem
    columns: Mapping[str, Column]
    total: Number


def columns(
    scheme: Scheme, version: int, stay: Stay, book: Book, counted: Iterable[Entry], lines: Iterable[Line]
) -> dict[str, Column]:
    """Every category defined by period end, filled from credited entries and derived lines."""
    found = {name: Column(rule) for name, rule in scheme.inherited[version].categories.items()}
    for entry in counted:
        column = found[entry.law.category]
        if entry.law.kind == "deduct":
            column.deducted += entry.credited
        else:
            column.earned += entry.credited
    for line in lines:
        column = found[line.category]
        if line.deducted:
            column.deducted += line.amount
        else:
            column.earned += line.amount
    for column in found.values():
        column.base = _prorated(scheme, stay, _base(column.rule, book))
        _settle(column)
    return found


def _base(rule: Category, book: Book) -> Number:
    if rule.base_by is not None:
        return looked_up(rule.base_by, book.person.get(rule.base_by.attribute)) or 0
    if rule.carry is not None:
        first, ratio = rule.carry
        previous = _previous_total(book)
        return rounded(first if previous is None else cents(previous) * ratio)
    return rule.base


def _previous_total(book: Book) -> Number | None:
    value = book.person.get("prev_total")
    if value is None:
        return None
    try:
        return exact(value)
    except ValueError:
        raise Problem(
            "bad_number",
            N_('%(place)s must be an integer or a decimal written as text, such as "2.5".'),
            field="person.prev_total",
            place="person.prev_total",
        ) from None


def _prorated(scheme: Scheme, stay: Stay, base: Number) -> Number:
    if scheme.enrol.prorate == "none" or not scheme.enrol.prorate_base:
        return base
    return rounded(base * stay.share)


def _settle(column: Column) -> None:
    """Cap what is earned (gross) or what remains (net), floor the sum once, then weigh and round (E8)."""
    rule = column.rule
    amount = column.base + column.earned - (column.deducted if rule.net_cap else 0)
    capped = amount if rule.cap is None else lesser(amount, rule.cap)
    column.cut = amount - capped
    if not rule.net_cap:
        capped -= column.deducted
    floored = capped if rule.floor is None else greater(capped, rule.floor)
    column.raised = floored - capped
    column.value = floored if rule.weight is None else rounded(floored * rule.weight)


def outcome(
    scheme: Scheme, ask: Ask, stay: Stay, version: int, book: Book, live: ByItem, sheet: dict[str, Column]
) -> Outcome:
    """Add up, cap, floor, veto, round; then the best grade that holds, held down by gates and vetoes (E11)."""
    rules = scheme.versions[version]
    base = _prorated(scheme, stay, rules.total.base)
    total: Number = base
    for column in sheet.values():
        total += column.value
    if rules.total.cap is not None:
        total = lesser(total, rules.total.cap)
    if rules.total.floor is not None:
        total = greater(total, rules.total.floor)
    before_veto = total
    vetoes = [veto for veto in rules.vetoes if live.get(veto.item)]
    for veto in vetoes:
        if veto.total is not None:
            total = lesser(total, veto.total)
    total = to_multiple(total, rules.total.quantum)
    standing = Standing(scheme, ask, stay, live, sheet, total)
    checks = [_check(grade, standing, book) for grade in rules.grades]
    gates = [gate for gate in rules.gates if any(unmet(r, standing) for r in gate.require)]
    proposed = _best(rules, checks)
    ceilings = [gate.grade_max for gate in gates] + [veto.grade for veto in vetoes if veto.grade is not None]
    return Outcome(
        base=base,
        total=total,
        before_veto=before_veto,
        grade=_worst(rules, proposed, ceilings),
        proposed=proposed,
        gates=[gate.id for gate in gates],
        vetoed=bool(vetoes),
        checks=checks,
    )


def _check(grade: Grade, standing: Standing, book: Book) -> GradeCheck:
    reached = (grade.least is None or standing.total >= grade.least) and (
        grade.above is None or standing.total > grade.above
    )
    lacking = [found for requirement in grade.require if (found := unmet(requirement, standing)) is not None]
    holds = reached and not lacking and all_equal(grade.when, book.person)
    return GradeCheck(grade, holds, reached, lacking)


def _best(rules: Version, checks: list[GradeCheck]) -> str | None:
    """The first grade that holds; the last one when even its own conditions do not."""
    for check in checks:
        if check.holds:
            return check.rule.id
    return rules.grades[-1].id if rules.grades else None


def _worst(rules: Version, proposed: str | None, ceilings: list[str]) -> str | None:
    rank: dict[str, int] = {}
    for position, grade in enumerate(rules.grades):
        rank.setdefault(grade.id, position)
    names = [name for name in [proposed, *ceilings] if name is not None]
    return max(names, key=lambda name: rank.get(name, -1), default=None)


def unmet(requirement: Requirement, standing: Standing) -> Unmet | None:
    """Why a requirement does not hold, or None when it does; category and total are taken as printed."""
    least = requirement.least
    if requirement.of == "total":
        actual = standing.total
    elif requirement.of == "category":
        column = standing.columns.get(requirement.category)
        actual = rounded(column.value) if column is not None else 0
    elif requirement.each is not None:
        return _unmet_windows(requirement, standing)
    else:
        enrol = standing.scheme.enrol
        if enrol.prorate_require and enrol.prorate != "none":
            least = cents_rounded(least * standing.stay.share)
        entries = (
            entry for item in dict.fromkeys(requirement.items) for entry in standing.live.get(item, ())
        )
        actual = amount_of(entries, requirement.of == "qty")
    return None if actual >= least else Unmet(requirement, least, actual)


def cents_rounded(amount: Number) -> Number:
    """A quantity rounded to 0.01."""
    return over(rounded(amount * 100), 100)


def _unmet_windows(requirement: Requirement, standing: Standing) -> Unmet | None:
    window = requirement.each or "period"
    amounts = amounts_by_window(standing.live, requirement.items, requirement.of == "qty", window)
    short = [
        key
        for key in judged_windows(standing.ask, standing.stay, window)
        if amounts.get(key, 0) < requirement.least
    ]
    if not short:
        return None
    names = [standing.ask.window_name(window, key) for key in short]
    return Unmet(requirement, requirement.least, min(amounts.get(key, 0) for key in short), names)
