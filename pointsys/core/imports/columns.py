"""Which columns an import knows, the headers each goes by, and the titles that an area's staff mapped by hand.

The headers are data in ``headers.toml``; plugins that are on add columns of their own to the roster.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.batches import PEOPLE, HeaderMapping
from pointsys.core.database import upsert
from pointsys.core.plugin_info import ImportColumn
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in
from pointsys.kit.problems import N_
from pointsys.kit.spreadsheet import ColumnSpec, OutColumn, normalise_title

REQUIRED = {"people": ("name",), "activity_log": ("name",)}
# A sheet of the log has to say when, in one of these columns.
WHEN = ("date", "start", "span")
MAX_TITLE = 100
HINTS = {
    "id_number": N_("18 characters. The column is formatted as text, so that no digit gets lost."),
    "phone": N_("A mobile number of 11 digits, or a landline with its area code."),
    "date": N_("With a year of four digits, like 2026-03-07."),
    "start": N_("Like 09:00. Past midnight with its date: 2026-03-08 00:30."),
    "end": N_("Like 11:00. Past midnight with its date: 2026-03-08 00:30."),
    "hours": N_("Only needed where there are no times."),
    "grid": N_("The grid's name. Names that are new become grids; the preview lists them."),
}


@dataclass(frozen=True)
class Column:
    """One column of an import: ``key`` names it, ``spec`` finds it, a plugin's one knows how to read its cells."""

    key: str
    spec: ColumnSpec
    examples: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    plugin: str = ""
    extra: ImportColumn | None = None

    @property
    def title(self) -> str:
        """The title that templates and messages use."""
        return self.spec.titles[0]


@dataclass(frozen=True)
class Columns:
    """All columns of one kind of import, and titles to pass over in silence."""

    kind: str
    columns: tuple[Column, ...]
    ignore: tuple[str, ...]

    @property
    def specs(self) -> list[ColumnSpec]:
        """What ``find_header`` looks for."""
        return [column.spec for column in self.columns]

    @property
    def extras(self) -> list[Column]:
        """The columns that plugins added."""
        return [column for column in self.columns if column.extra is not None]

    def by_key(self, key: str) -> Column | None:
        """The column with this key."""
        return next((column for column in self.columns if column.key == key), None)


@cache
def _shipped(kind: str) -> Columns:
    raw = tomllib.loads(files(__package__ or "").joinpath("headers.toml").read_text("utf-8"))[kind]
    ignore = tuple(raw.pop("ignore"))
    columns = tuple(
        Column(
            key,
            ColumnSpec(key, tuple(entry["titles"]), required=key in REQUIRED[kind]),
            tuple(entry.get("examples", ())),
            tuple(entry.get("choices", ())),
        )
        for key, entry in raw.items()
    )
    return Columns(kind, columns, ignore)


def columns_for(session: Session, area_id: int, kind: str) -> Columns:
    """The columns of an import of ``kind`` ("people" or "activity_log") into ``area_id``, plugins' ones last."""
    shipped = _shipped(kind)
    if kind != PEOPLE:
        return shipped
    on = enabled_in(session, area_id)
    infos = sorted(current_site().host.plugins.values(), key=lambda info: (info.order, info.name))
    extra = tuple(
        Column(
            f"{info.name}:{column.key}",
            ColumnSpec(f"{info.name}:{column.key}", column.titles),
            column.examples,
            column.choices,
            info.name,
            column,
        )
        for info in infos
        if info.name in on
        for column in info.import_columns
        if column.sheet == kind
    )
    return Columns(kind, shipped.columns + extra, shipped.ignore)


def remembered(session: Session, area_id: int, kind: str) -> dict[str, str]:
    """Normalised title -> column key ("" to ignore it) as staff mapped them here or above; the nearest area wins."""
    rows = session.execute(
        select(HeaderMapping.title, HeaderMapping.field)
        .join(AreaClosure, AreaClosure.ancestor_id == HeaderMapping.area_id)
        .where(AreaClosure.descendant_id == area_id, HeaderMapping.kind == kind)
        .order_by(AreaClosure.depth.desc())
    )
    return {row[0]: row[1] for row in rows}


def remember(session: Session, area: Area, kind: str, chosen: Mapping[str, str], actor: Actor) -> None:
    """Keep what the user said that titles mean: {title as written: column key, or "" to ignore it}."""
    rows = [
        {"area_id": area.id, "kind": kind, "title": normalise_title(title)[:MAX_TITLE], "field": field}
        for title, field in chosen.items()
        if normalise_title(title)
    ]
    if not rows:
        return
    statement = upsert(session, HeaderMapping)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["area_id", "kind", "title"], set_={"field": statement.excluded.field}
        ),
        rows,
    )
    audit.write(
        session, actor, "import.headers_mapped", "area", area.code, area_id=area.id, count=len(rows),
        after={str(row["title"]): row["field"] for row in rows},
    )  # fmt: skip


def template_columns(columns: Columns, translate: Mapping[str, str]) -> list[OutColumn]:
    """The columns of an empty sheet to fill in; ``translate`` holds the hints by key, in the reader's language."""
    return [
        OutColumn(
            column.title,
            width=22 if column.key == "id_number" else 16,
            choices=column.choices,
            examples=column.examples,
            hint=translate.get(column.key, ""),
        )
        for column in columns.columns
    ]
