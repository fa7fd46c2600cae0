"""Turns linted data into a ``Scheme``; every value has been checked, so nothing here can be refused any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from .exact import Number, cents, decimal_places, exact
from .findings import SchemeError
from .lint import is_sound, lint, read_scheme_text
from .periods import parse_day
from .scheme import (
    Adjustment,
    Bracket,
    Bucket,
    ByAttribute,
    Category,
    Enrolment,
    Expectation,
    Gate,
    Grade,
    Item,
    Limit,
    Match,
    Plain,
    QuantityRule,
    Ratio,
    Requirement,
    Scheme,
    Tier,
    Total,
    Version,
    Veto,
)
from .shapes import clock_minutes
from .values import plain_attribute

Table = Mapping[str, object]


def load_scheme(text: str, *, format: str) -> Scheme:
    """Parse, lint and build a scheme from ``toml`` or ``json``; SchemeError lists all findings when it is refused."""
    data, findings = read_scheme_text(text, format)
    if findings:
        raise SchemeError(findings)
    return build(data)


def build(data: object) -> Scheme:
    """Lint and build a scheme from plain data; SchemeError when the linter refuses it."""
    findings = lint(data)
    if not is_sound(findings):
        raise SchemeError(findings)
    scheme = cast(Table, data)
    late = _table(scheme, "late")
    return Scheme(
        id=_text(scheme, "id"),
        title=_text(scheme, "title") or _text(scheme, "id"),
        subject=_text(scheme, "subject", "person"),
        timezone=_text(scheme, "timezone", "Asia/Shanghai"),
        period_type=_text(_table(scheme, "period"), "type", "year"),
        grace_days=int(_number(late, "grace_days")) if "late" in scheme else None,
        enrol=_enrolment(_table(scheme, "enrol")),
        publicity=_terms(scheme, "publicity"),
        appeal=_terms(scheme, "appeal"),
        versions=tuple(_version(row, index + 1) for index, row in enumerate(_rows(scheme, "version"))),
    )


def _table(owner: Table, key: str) -> Table:
    return cast(Table, owner.get(key, {}))


def _rows(owner: Table, key: str) -> Sequence[Table]:
    return cast(Sequence[Table], owner.get(key, ()))


def _text(owner: Table, key: str, default: str = "") -> str:
    return cast(str, owner.get(key, default))


def _names(owner: Table, key: str) -> tuple[str, ...]:
    return tuple(cast(Sequence[str], owner.get(key, ())))


def _number(owner: Table, key: str, default: Number = 0) -> Number:
    return exact(owner[key]) if key in owner else default


def _maybe(owner: Table, key: str) -> Number | None:
    return exact(owner[key]) if key in owner else None


def _cents(owner: Table, key: str, default: Number = 0) -> Number:
    return cents(_number(owner, key, default))


def _maybe_cents(owner: Table, key: str) -> Number | None:
    return cents(exact(owner[key])) if key in owner else None


def _terms(scheme: Table, key: str) -> dict[str, int | bool]:
    return {
        name: value if isinstance(value, bool) else int(exact(value))
        for name, value in _table(scheme, key).items()
    }


def _enrolment(table: Table) -> Enrolment:
    return Enrolment(
        ignore_before=_text(table, "before", "ignore") == "ignore",
        prorate=_text(table, "prorate", "none"),
        prorate_base=bool(table.get("prorate_base", True)),
        prorate_require=bool(table.get("prorate_require", False)),
    )


def _version(table: Table, position: int) -> Version:
    expects = (_expectation(row) for row in _rows(table, "expect"))
    return Version(
        no=int(_number(table, "no", position)),
        title=_text(table, "title"),
        effective_from=parse_day(table["effective_from"], "effective_from"),
        total=_total(_table(table, "total")),
        categories={row.id: row for row in map(_category, _rows(table, "category"))},
        items={row.id: row for row in map(_item, _rows(table, "item"))},
        buckets={row.id: row for row in map(_bucket, _rows(table, "bucket"))},
        expects={row.id: row for row in expects},
        ratios=tuple(map(_ratio, _rows(table, "ratio"))),
        vetoes=tuple(map(_veto, _rows(table, "veto"))),
        gates=tuple(map(_gate, _rows(table, "gate"))),
        grades=tuple(map(_grade, _rows(table, "grade"))),
    )


def _total(table: Table) -> Total:
    return Total(
        base=_cents(table, "base"),
        cap=_maybe_cents(table, "cap"),
        floor=_maybe_cents(table, "floor"),
        quantum=cents(exact(table.get("quantum", "0.01"))),
        places=decimal_places(table.get("quantum", "0.01")),
    )


def _category(table: Table) -> Category:
    carry = _table(table, "carry")
    return Category(
        id=_text(table, "id"),
        title=_text(table, "title") or _text(table, "id"),
        base=_cents(table, "base"),
        base_by=_by_attribute(_table(table, "base_by"), "attr", points=True) if "base_by" in table else None,
        carry=(_cents(carry, "first"), _number(carry, "ratio")) if "carry" in table else None,
        cap=_maybe_cents(table, "cap"),
        net_cap=table.get("cap_on") == "net",
        floor=_maybe_cents(table, "floor"),
        weight=_maybe(table, "weight"),
    )


def _by_attribute(table: Table, key: str, *, points: bool) -> ByAttribute:
    values = {name: exact(value) for name, value in _table(table, "values").items()}
    default = _maybe(table, "default")
    if points:
        values = {name: cents(value) for name, value in values.items()}
        default = None if default is None else cents(default)
    return ByAttribute(_text(table, key), values, default)


def _item(table: Table) -> Item:
    repeat, best_of = _table(table, "repeat"), _table(table, "best_of")
    return Item(
        id=_text(table, "id"),
        title=_text(table, "title") or _text(table, "id"),
        category=_text(table, "category"),
        kind=_text(table, "kind", "earn"),
        mode=_text(table, "mode", "per_event"),
        cents=_cents(table, "points"),
        per=_number(table, "per", 1),
        tiers=_tiers(table),
        by=_text(table, "by"),
        values={name: cents(exact(value)) for name, value in _table(table, "values").items()},
        low=_number(table, "min"),
        high=_maybe(table, "max"),
        brackets=tuple(
            Bracket(_maybe(row, "upto"), _number(row, "per", 1), _cents(row, "points"))
            for row in _rows(table, "brackets")
        ),
        qty=_quantity(_table(table, "qty")),
        extra=tuple(Adjustment(_test(row), _cents(row, "add")) for row in _rows(table, "extra")),
        mult=tuple(Adjustment(_test(row), _number(row, "by")) for row in _rows(table, "mult")),
        repeat=(int(_number(repeat, "from")), _number(repeat, "by")) if repeat else None,
        best_of=(_text(best_of, "group"), _text(best_of, "by")) if best_of else None,
        limits=_limits(_table(table, "limit")),
        caps=_caps(table),
        bucket=_text(table, "bucket") or None,
        valid_years=_valid_years(table),
    )


def _valid_years(table: Table) -> int | ByAttribute | None:
    value = table.get("valid_years")
    if value is None:
        return None
    if isinstance(value, Mapping):
        return _by_attribute(value, "by", points=False)
    return int(exact(value))


def _quantity(table: Table) -> QuantityRule:
    return QuantityRule(
        least=_number(table, "min"),
        most=_maybe(table, "max"),
        step=_maybe(table, "step"),
        rounding=_text(table, "round", "floor"),
    )


def _tiers(table: Table) -> tuple[Tier, ...]:
    tiers = [Tier(_number(row, "min"), _cents(row, "points")) for row in _rows(table, "tiers")]
    return tuple(sorted(tiers, key=lambda tier: tier.least, reverse=True))


def _limits(table: Table) -> dict[str, Limit]:
    best = table.get("pick") == "best"
    return {window: Limit(int(exact(count)), best) for window, count in table.items() if window != "pick"}


def _caps(table: Table) -> dict[str, Number]:
    return {window: cents(exact(value)) for window, value in _table(table, "caps").items()}


def _test(table: Table) -> Match:
    when = _plain_pairs(_table(table, "when"))
    prefix = "person."
    hours = [
        (clock_minutes(first), clock_minutes(last))
        for first, last in cast(list[list[object]], table.get("hours", []))
    ]
    return Match(
        event=tuple(pair for pair in when if not pair[0].startswith(prefix)),
        person=tuple((name[len(prefix) :], value) for name, value in when if name.startswith(prefix)),
        hours=tuple((first or 0, last or 0) for first, last in hours) if "hours" in table else None,
    )


def _plain_pairs(table: Table) -> tuple[tuple[str, Plain], ...]:
    pairs = ((name, plain_attribute(value)) for name, value in table.items())
    return tuple((name, value) for name, value in pairs if value is not None)


def _bucket(table: Table) -> Bucket:
    return Bucket(_text(table, "id"), _text(table, "title") or _text(table, "id"), _caps(table))


def _expectation(table: Table) -> Expectation:
    return Expectation(
        id=_text(table, "id"),
        title=_text(table, "title") or _text(table, "id"),
        category=_text(table, "category"),
        items=_names(table, "items"),
        window=_text(table, "window"),
        days=int(_number(table, "days", 1)),
        by_quantity=table.get("of") == "qty",
        least=_number(table, "min", 1),
        cents=_cents(table, "points"),
        most=_maybe_cents(table, "max"),
        met=table.get("award") == "met",
    )


def _ratio(table: Table) -> Ratio:
    return Ratio(
        id=_text(table, "id"),
        title=_text(table, "title") or _text(table, "id"),
        category=_text(table, "category"),
        items=_names(table, "items"),
        kind=_text(table, "kind") or None,
        tiers=_tiers(table),
    )


def _requirements(table: Table) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(
            of=_text(row, "of"),
            least=_cents(row, "min") if row["of"] in ("category", "total") else _number(row, "min"),
            items=_names(row, "items"),
            category=_text(row, "id"),
            each=_text(row, "each") or None,
        )
        for row in _rows(table, "require")
    )


def _veto(table: Table) -> Veto:
    return Veto(_text(table, "item"), _maybe_cents(table, "total"), _text(table, "grade") or None)


def _gate(table: Table) -> Gate:
    title = _text(table, "title") or _text(table, "id")
    return Gate(_text(table, "id"), title, _requirements(table), _text(table, "grade_max"))


def _grade(table: Table) -> Grade:
    return Grade(
        id=_text(table, "id"),
        title=_text(table, "title") or _text(table, "id"),
        least=_maybe_cents(table, "min"),
        above=_maybe_cents(table, "above"),
        require=_requirements(table),
        when=_plain_pairs(_table(table, "when")),
    )
