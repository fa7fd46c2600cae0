"""Published schemes: publishing one, and which one rules where and when.

A publication is a whole scheme file, frozen in the database. In an area those of the nearest area that published any
rule; of these, the latest that took effect by the end of a period rules that period. A later file of the same scheme
must repeat the versions that were published before it, so that no point already earned is judged by a new rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    AreaClosure,
    Person,
    Problem,
    audit,
    chunks,
    current_site,
    get_setting_by_area,
    mark_query,
    sha256_of,
    subtree,
)

from .mapping import SETTING, KindMapping, read_mapping
from .models import PointsMember, PointsSchemeVersion
from .scoring import Scheme, load_scheme
from .scoring.lint import read_scheme_text
from .scoring.periods import parse_period, window_key, window_label
from .scoring.scheme import Version

NAME = "party_member_points"
PRESET = "community-inservice.toml"
PRESET_FROM = date(2024, 1, 1)
LARGEST = 500_000
PERSON = "person"
ROLLING = "rolling"
LIFETIME = "lifetime"


@dataclass(frozen=True)
class Publication:
    """One published file; ``id`` is its row."""

    id: int
    area_id: int
    effective_from: date
    text: str
    format: str

    @property
    def scheme(self) -> Scheme:
        """The scheme, ready for scoring."""
        return _built(self.text, self.format)


@lru_cache(maxsize=64)
def _built(text: str, format: str) -> Scheme:
    return load_scheme(text, format=format)


@dataclass(frozen=True)
class AreaRules:
    """What rules in one area: publications in the order in which they took effect, and the mapping of kinds."""

    publications: tuple[Publication, ...]
    mapping: KindMapping

    def on(self, day: date) -> Publication | None:
        """The publication in force on ``day``."""
        found = None
        for publication in self.publications:
            if publication.effective_from <= day:
                found = publication
        return found

    def for_day(self, day: date, today: date) -> tuple[Publication, str] | None:
        """The publication and period that something on ``day`` belongs to; None before anything was published."""
        at_the_time = self.on(day) or self.on(today)
        if at_the_time is None:
            return None
        for _attempt in range(2):
            kind = at_the_time.scheme.period_type
            label = period_of(kind, day)
            ruling = self.on(period_end(kind, label, today))
            if ruling is None or ruling is at_the_time or ruling.scheme.period_type == kind:
                return (ruling, label) if ruling is not None else None
            # The later scheme counts by other periods: ask again with its own.
            at_the_time = ruling
        return at_the_time, period_of(at_the_time.scheme.period_type, day)


def period_of(kind: str, day: date) -> str:
    """The label of the period of a scheme of ``kind`` that holds ``day``."""
    return kind if kind in (ROLLING, LIFETIME) else window_label(kind, window_key(kind, day))


def period_span(kind: str, label: str) -> tuple[date, date]:
    """First and last day of a stored period; rolling and lifetime ones are without bounds."""
    return (date.min, date.max) if kind in (ROLLING, LIFETIME) else parse_period(kind, label)


def period_end(kind: str, label: str, today: date) -> date:
    """The day whose rules count for a period: its last one, today where it has none."""
    return today if kind in (ROLLING, LIFETIME) else period_span(kind, label)[1]


def asked_period(kind: str, label: str, today: date) -> str:
    """A stored period as the scorer is asked for it: a rolling one by the asking day."""
    return today.isoformat() if kind == ROLLING else label


def version_on(rules: AreaRules, day: date, today: date) -> Version | None:
    """The version by which something that happened on ``day`` is judged; None before the first."""
    ruling = rules.for_day(day, today)
    if ruling is None:
        return None
    scheme = ruling[0].scheme
    index = scheme.version_index(day)
    return scheme.versions[index] if index >= 0 else None


def rules_by_area(session: Session, area_ids: Collection[int]) -> dict[int, AreaRules]:
    """What rules in each of some areas; three statements, whatever their number."""
    version = PointsSchemeVersion
    nearest: dict[int, tuple[int, list[int]]] = {}
    wanted: set[int] = set()
    for part in chunks(sorted(area_ids)):
        rows = session.execute(
            select(AreaClosure.descendant_id, AreaClosure.depth, version.id)
            .join(version, version.area_id == AreaClosure.ancestor_id)
            .where(AreaClosure.descendant_id.in_(part))
            .order_by(AreaClosure.depth, version.effective_from, version.id)
        )
        for area_id, depth, version_id in rows:
            closest, ids = nearest.setdefault(area_id, (depth, []))
            if depth == closest:
                ids.append(version_id)
                wanted.add(version_id)
    publications = publications_by_id(session, wanted)
    mappings = get_setting_by_area(session, area_ids, SETTING)
    return {
        area_id: AreaRules(
            tuple(publications[i] for i in nearest[area_id][1]) if area_id in nearest else (),
            read_mapping(mappings.get(area_id, {})),
        )
        for area_id in area_ids
    }


def publications_by_id(session: Session, ids: Collection[int]) -> dict[int, Publication]:
    """Published files by their rows, in one statement."""
    version = PointsSchemeVersion
    if not ids:
        return {}
    rows = session.execute(
        select(version.id, version.area_id, version.effective_from, version.text, version.format).where(
            version.id.in_(sorted(ids))
        )
    )
    return {row[0]: Publication(*row) for row in rows}


def rules_of(session: Session, area_id: int) -> AreaRules:
    """The publications that rule in one area, without its mapping; one statement."""
    version = PointsSchemeVersion
    rows = session.execute(
        select(
            AreaClosure.depth, version.id, version.area_id, version.effective_from, version.text, version.format
        )
        .join(version, version.area_id == AreaClosure.ancestor_id)
        .where(AreaClosure.descendant_id == area_id)
        .order_by(AreaClosure.depth, version.effective_from, version.id)
    ).all()  # fmt: skip
    return AreaRules(tuple(Publication(*row[1:]) for row in rows if row[0] == rows[0][0]), KindMapping({}))


@dataclass(frozen=True)
class AskedSheet:
    """Which sheet a reader asked for: what rules it, its period, and the periods to offer.

    ``publication`` is None where nothing rules; ``refused`` says why another period than the one asked for is shown.
    """

    publication: Publication | None
    period: str
    offered: tuple[str, ...] = ()
    refused: Problem | None = None

    @property
    def scheme_id(self) -> str:
        """The scheme's id as results are stored under it, "" where nothing rules."""
        return self.publication.scheme.id[:100] if self.publication else ""


def asked_sheet(rules: AreaRules, period: str, today: date) -> AskedSheet:
    """The sheet of ``period``, of the present one when it is blank or cannot be read."""
    present = rules.for_day(today, today)
    if present is None:
        return AskedSheet(None, period or str(today.year))
    kind = present[0].scheme.period_type
    offered = recent_periods(kind, today)
    if period in ("", present[1]):
        return AskedSheet(*present, offered)
    try:
        span = period_span(kind, period)
    except Problem as problem:
        return AskedSheet(*present, offered, problem)
    offered = offered if period in offered else (*offered, period)
    return AskedSheet(rules.on(today if span[0] == date.min else span[1]), period, offered)


def recent_periods(kind: str, today: date, count: int = 4) -> tuple[str, ...]:
    """The present period and the last ones before it."""
    found: list[str] = []
    day = today
    while len(found) < count:
        label = period_of(kind, day)
        found.append(label)
        first = period_span(kind, label)[0]
        if first == date.min:
            break
        day = first - timedelta(days=1)
    return tuple(found)


def preset() -> str:
    """The text of the sample scheme that ships with the plugin."""
    return (files(__package__) / "schemes" / PRESET).read_text(encoding="utf-8")


def check_publishable(
    session: Session, area: Area, text: str, format: str, effective_from: date
) -> tuple[Scheme, PointsSchemeVersion | None]:
    """The scheme of a file that may be published for ``area`` from a day on, and the row if that was done already.

    Raises what ``publish`` raises.
    """
    if len(text) > LARGEST:
        raise Problem("scheme_too_large", N_("A scheme has at most 500,000 characters."), field="scheme")
    scheme = load_scheme(text, format=format)
    if not scheme.id:
        raise Problem(
            "scheme_without_id",
            N_("Give the scheme an id, by which its versions belong together."),
            field="scheme",
        )
    if scheme.subject != PERSON:
        raise Problem(
            "subject_not_counted",
            N_(
                "Points of households and units are not kept here: use such a scheme with pointsys points score, "
                'or write subject = "person".'
            ),
            field="scheme",
        )
    if scheme.versions[0].effective_from > effective_from:
        raise Problem(
            "scheme_too_late",
            N_("Its first version takes effect on %(date)s: publish it from that day on, or later."),
            field="from",
            date=scheme.versions[0].effective_from.isoformat(),
        )
    digest = sha256_of(text)
    earlier = list(
        session.scalars(
            select(PointsSchemeVersion)
            .where(PointsSchemeVersion.area_id == area.id)
            .order_by(PointsSchemeVersion.effective_from, PointsSchemeVersion.id)
        )
    )
    for row in earlier:
        if (row.sha256, row.effective_from) == (digest, effective_from):
            return scheme, row
    if earlier and effective_from < earlier[-1].effective_from:
        raise Problem(
            "published_before",
            N_("A scheme was published from %(date)s on: publish this one from that day on, or later."),
            field="from",
            date=earlier[-1].effective_from.isoformat(),
        )
    _check_kept([row for row in earlier if row.scheme_id == scheme.id], text, format)
    return scheme, None


def publish(
    session: Session, area: Area, text: str, format: str, effective_from: date, actor: Actor
) -> PointsSchemeVersion:
    """Freeze a scheme for ``area`` and below from a date on, and mark the members there.

    Publishing the very same file for the same date again returns what stands. Raises SchemeError for what the linter
    refuses, and Problem scheme_too_large, scheme_without_id, subject_not_counted, scheme_too_late,
    version_changed, version_missing or published_before.
    """
    scheme, standing = check_publishable(session, area, text, format, effective_from)
    if standing is not None:
        return standing
    digest = sha256_of(text)
    row = PointsSchemeVersion(
        area_id=area.id,
        scheme_id=scheme.id[:100],
        title=scheme.title[:200],
        format=format,
        text=text,
        sha256=digest,
        effective_from=effective_from,
        published_at=current_site().now(),
        published_by=actor.label,
    )
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "points.scheme_published", "points_scheme", scheme.id[:64], area_id=area.id,
        after={"sha256": digest, "effective_from": effective_from},
    )  # fmt: skip
    mark_members(session, area.id)
    return row


def _check_kept(earlier: list[PointsSchemeVersion], text: str, format: str) -> None:
    """Refuse a file that changes or drops a version which members were judged by."""
    new = _versions(text, format)
    for row in earlier:
        for no, version in _versions(row.text, row.format).items():
            if no not in new:
                raise Problem(
                    "version_missing",
                    N_(
                        "Version %(no)s was published already: keep it in the file, and add a new one after it."
                    ),
                    field="scheme",
                    no=no,
                )
            if new[no] != version:
                raise Problem(
                    "version_changed",
                    N_(
                        "Version %(no)s was published already and stays as it is: write the change as a new version."
                    ),
                    field="scheme",
                    no=no,
                )


def _versions(text: str, format: str) -> dict[object, Mapping[str, object]]:
    data, _findings = read_scheme_text(text, format)
    rows = data.get("version", ()) if isinstance(data, Mapping) else ()
    return {row.get("no"): row for row in rows}


def mark_members(session: Session, area_id: int) -> list[int]:
    """Mark every member below ``area_id``, for what they are judged by has changed; their ids."""
    members = list(
        session.scalars(
            select(PointsMember.person_id)
            .join(Person, Person.id == PointsMember.person_id)
            .where(Person.area_id.in_(subtree(area_id)))
        )
    )
    for part in chunks(members):
        mark_query(session, NAME, select(Person.id).where(Person.id.in_(part)))
    return members


def publications_of(session: Session, area_id: int) -> list[PointsSchemeVersion]:
    """What was published for this very area, the newest first."""
    version = PointsSchemeVersion
    return list(
        session.scalars(
            select(version)
            .where(version.area_id == area_id)
            .order_by(version.effective_from.desc(), version.id.desc())
        )
    )


def day_after(day: date) -> date | None:
    """The next day; None at the end of time."""
    return None if day == date.max else day + timedelta(days=1)
