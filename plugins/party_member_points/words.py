"""A published scheme in words: what each category, item and condition says, for people who do not read TOML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext

from pointsys.plugin import N_

from .scoring import Scheme
from .scoring.exact import Number, plain, printed
from .scoring.scheme import Category, Expectation, Item, Requirement, Version
from .why import WINDOWS


@dataclass(frozen=True)
class Told:
    """One rule: its title and its sentences."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A category with its items, expectations and ratios."""

    title: str
    sentences: tuple[str, ...]
    rules: tuple[Told, ...]


@dataclass(frozen=True)
class SchemeWords:
    """The newest version of a scheme."""

    title: str
    version: int
    effective_from: str
    general: tuple[str, ...]
    sections: tuple[Section, ...]
    grades: tuple[Told, ...]
    conditions: tuple[Told, ...]


PERIODS: Mapping[str, str] = {
    "month": N_("Points are counted by the month."),
    "quarter": N_("Points are counted by the quarter."),
    "half": N_("Points are counted by half a year."),
    "year": N_("Points are counted by the year."),
    "lifetime": N_("Points are counted over the whole time of membership."),
    "rolling": N_("Points count as long as they are valid."),
}


# Ids that the shipped schemes use; what a locality writes in its own scheme is shown as it stands.
IDS: Mapping[str, str] = {
    "level": N_("level"),
    "matter": N_("matter"),
    "emergency": N_("emergency"),
    "national": N_("national"),
    "province": N_("of the province"),
    "city": N_("of the city"),
    "county": N_("of the county"),
    "street": N_("of the sub-district"),
    "community": N_("of the community"),
}


def said(name: str) -> str:
    """An id that the shipped schemes use, in words; any other as it stands."""
    return str(gettext(IDS[name])) if name in IDS else name


def in_words(scheme: Scheme) -> SchemeWords:
    """The newest version, category by category."""
    version = scheme.versions[-1]
    names = {name: title or name for name, title in scheme.item_titles.items()}
    return SchemeWords(
        title=scheme.title,
        version=version.no,
        effective_from=version.effective_from.isoformat(),
        general=tuple(_general(scheme, version)),
        sections=tuple(_section(category, version, names) for category in version.categories.values()),
        grades=tuple(
            Told(grade.title or grade.id, tuple(_grade_needs(grade.least, grade.above, grade.require, names)))
            for grade in version.grades
        ),
        conditions=tuple(_conditions(version, names)),
    )


def _general(scheme: Scheme, version: Version) -> Iterable[str]:
    yield gettext(PERIODS[scheme.period_type])
    if version.total.cap is not None:
        yield gettext("The total is %(points)s at most.", points=printed(version.total.cap))
    if scheme.grace_days is not None:
        yield gettext(
            "What is recorded later than %(days)s days after the period does not count.",
            days=scheme.grace_days,
        )
    if scheme.enrol.ignore_before:
        yield gettext("What happened before the day of check-in does not count.")
    if scheme.enrol.prorate == "month":
        yield gettext("Points to begin with are given by the months of membership in the period.")
    elif scheme.enrol.prorate == "day":
        yield gettext("Points to begin with are given by the days of membership in the period.")


def _section(category: Category, version: Version, names: Mapping[str, str]) -> Section:
    said = []
    if category.base:
        said.append(gettext("%(points)s points to begin with", points=printed(category.base)))
    if category.cap is not None:
        said.append(gettext("%(points)s at most", points=printed(category.cap)))
    if category.floor is not None:
        said.append(gettext("not below %(points)s", points=printed(category.floor)))
    rules = [
        Told(item.title or item.id, tuple(item_words(item, version)))
        for item in version.items.values()
        if item.category == category.id
    ]
    rules += [
        Told(expect.title or expect.id, (_expectation(expect, names),))
        for expect in version.expects.values()
        if expect.category == category.id
    ]
    rules += [
        Told(
            ratio.title or ratio.id,
            tuple(
                gettext(
                    "attending %(share)s of the sessions or more: %(points)s points",
                    share=plain(tier.least),
                    points=printed(tier.cents),
                )
                for tier in sorted(ratio.tiers, key=lambda tier: -tier.least)
            ),
        )
        for ratio in version.ratios
        if ratio.category == category.id
    ]
    return Section(category.title or category.id, tuple(said), tuple(rules))


def item_words(item: Item, version: Version) -> Iterable[str]:
    """What one item brings and where it ends, sentence by sentence."""
    if item.kind == "veto":
        yield gettext("decides the grade whatever the points are")
        return
    if item.kind == "deduct":
        yield gettext("deducts points")
    yield from _worth(item)
    if item.qty.least:
        yield gettext("counts from %(amount)s on", amount=plain(item.qty.least))
    if item.qty.most is not None:
        yield gettext("%(amount)s at a time at most", amount=plain(item.qty.most))
    if item.qty.step is not None:
        yield gettext("in steps of %(amount)s", amount=plain(item.qty.step))
    for window, limit in item.limits.items():
        text = (
            N_("the best %(count)s in %(window)s count")
            if limit.best
            else N_("%(count)s times in %(window)s at most")
        )
        yield gettext(text, count=limit.count, window=gettext(WINDOWS[window]))
    for window, cap in item.caps.items():
        yield gettext(
            "%(points)s points in %(window)s at most", points=printed(cap), window=gettext(WINDOWS[window])
        )
    if item.bucket and item.bucket in version.buckets:
        bucket = version.buckets[item.bucket]
        for window, cap in bucket.caps.items():
            yield gettext(
                "together with others (%(title)s) %(points)s points in %(window)s at most",
                title=bucket.title or bucket.id,
                points=printed(cap),
                window=gettext(WINDOWS[window]),
            )


def _worth(item: Item) -> Iterable[str]:
    points = printed(item.cents)
    if item.mode == "per_event":
        yield gettext("%(points)s points each time", points=points)
    elif item.mode == "per_qty":
        yield gettext("%(points)s points for every %(per)s", points=points, per=plain(item.per))
    elif item.mode == "accumulate":
        yield gettext(
            "%(points)s points for every whole %(per)s of the period's sum",
            points=points,
            per=plain(item.per),
        )
    elif item.mode in ("tier", "total_tier"):
        whole = N_("from %(least)s in the period on: %(points)s points")
        single = N_("from %(least)s on: %(points)s points")
        for tier in item.tiers:
            text = whole if item.mode == "total_tier" else single
            yield gettext(text, least=plain(tier.least), points=printed(tier.cents))
    elif item.mode == "table":
        values = ", ".join(f"{said(name)} {printed(cents)}" for name, cents in item.values.items())
        yield gettext("by %(attribute)s: %(values)s", attribute=said(item.by), values=values)
    elif item.mode == "manual":
        high = plain(item.high) if item.high is not None else "…"
        yield gettext("%(low)s to %(high)s points as decided", low=plain(item.low), high=high)
    elif item.mode == "brackets":
        yield gettext("points by brackets")
    elif item.mode == "mean":
        yield gettext("%(points)s points times the average mark out of 100", points=points)
    else:
        yield gettext("is counted, and brings no points of its own")


def _expectation(expect: Expectation, names: Mapping[str, str]) -> str:
    items = ", ".join(names.get(item, item) for item in expect.items)
    points = printed(expect.cents)
    if expect.window == "gap":
        return str(
            gettext(
                "every %(days)s days without %(items)s: %(points)s points off",
                days=expect.days,
                items=items,
                points=points,
            )
        )
    text = (
        N_("%(items)s at least %(least)s in %(window)s: %(points)s points")
        if expect.met
        else N_("%(items)s less than %(least)s in %(window)s: %(points)s points off")
    )
    return str(
        gettext(
            text,
            items=items,
            least=plain(expect.least),
            window=gettext(WINDOWS[expect.window]),
            points=points,
        )
    )


def _grade_needs(
    least: Number | None, above: Number | None, require: Iterable[Requirement], names: Mapping[str, str]
) -> Iterable[str]:
    if least is not None:
        yield gettext("%(points)s points or more", points=printed(least))
    if above is not None:
        yield gettext("more than %(points)s points", points=printed(above))
    for requirement in require:
        yield requirement_text(requirement, names)


def requirement_text(requirement: Requirement, names: Mapping[str, str]) -> str:
    """A condition of a grade or gate."""
    items = ", ".join(names.get(item, item) for item in requirement.items)
    if requirement.of == "total":
        return str(gettext("a total of %(points)s", points=printed(requirement.least)))
    if requirement.of == "category":
        return str(
            gettext(
                "%(points)s points in %(category)s",
                points=printed(requirement.least),
                category=requirement.category,
            )
        )
    text = (
        N_("%(items)s at least %(least)s times")
        if requirement.of == "count"
        else N_("%(items)s at least %(least)s")
    )
    said = gettext(text, items=items, least=plain(requirement.least))
    if requirement.each is None:
        return str(said)
    return str(gettext("%(text)s in %(window)s", text=said, window=gettext(WINDOWS[requirement.each])))


def _conditions(version: Version, names: Mapping[str, str]) -> Iterable[Told]:
    for gate in version.gates:
        needs = [requirement_text(requirement, names) for requirement in gate.require]
        yield Told(
            gate.title or gate.id,
            (*needs, gettext("otherwise the grade is at most %(grade)s", grade=gate.grade_max)),
        )
    for veto in version.vetoes:
        said = []
        if veto.total is not None:
            said.append(gettext("the total falls to %(points)s", points=printed(veto.total)))
        if veto.grade is not None:
            said.append(gettext("the grade is at most %(grade)s", grade=veto.grade))
        yield Told(names.get(veto.item, veto.item), tuple(said))
