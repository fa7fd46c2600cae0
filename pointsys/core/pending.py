"""Pending marks and their draining: the one path for everything that is derived from the log.

A mark says "derive this person anew for this plugin". It is written with the fact, and deleted only where its
count is still the one that was read before deriving. A plugin that fails or is killed leaves its marks, pages
say "not computed yet", and the next drain tries again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    Text,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsys.core import audit
from pointsys.core.activity_log.models import Pending
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import subtree
from pointsys.core.database import Base, dialect_of, insert_into, upsert
from pointsys.core.figures.derive import derive as derive_figures
from pointsys.core.hook_guard import HookRefused
from pointsys.core.people.groups import canonical_ids, chunks, groups
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_by_area
from pointsys.core.unit_of_work import MARKED, read_scope, unit_of_work

log = logging.getLogger(__name__)

# The core's own figures are derived like a plugin's results, and before them.
CORE = "core"
BATCH = 500
# One batch of each plugin: the largest selection that a page takes is derived before its answer.
AFTER_COMMIT = 500
FAILURES_TO_QUARANTINE = 5
FAILURE_WINDOW = timedelta(minutes=10)
# A batch of 500 people takes well under a second; one that takes this long keeps everybody else from writing.
SLOW_SECONDS = 20.0
stopwatch = time.monotonic


class PluginFailure(Base):
    """A hook of a plugin that raised, kept for the IT admin without anybody's data."""

    __tablename__ = "plugin_failure"

    id: Mapped[int] = mapped_column(primary_key=True)
    plugin: Mapped[str] = mapped_column(String(40), index=True)
    hook: Mapped[str] = mapped_column(String(40))
    error: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class PluginQuarantine(Base):
    """A plugin whose derive and page hooks are stopped until an admin lets it out."""

    __tablename__ = "plugin_quarantine"

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime]
    failures: Mapped[int] = mapped_column(Integer)


@dataclass
class DrainReport:
    """How many (plugin, person) marks were worked off, and the plugins that failed with their error's type."""

    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def mark_people(
    session: Session,
    ids: Collection[int],
    areas: Mapping[int, Collection[int]] | None = None,
    *,
    figures: bool = False,
) -> None:
    """Mark people for every deriving plugin that is on where they belong.

    ``areas`` gives the areas of each id that are to be asked about, when the caller knows them already. With
    ``figures`` entries of theirs have changed, or whose they are, so that the figures of areas are not right any more.
    """
    if not ids:
        return
    if areas is None:
        areas = {}
        for part in chunks(ids):
            rows = session.execute(select(Person.id, Person.area_id).where(Person.id.in_(part)))
            areas = {**areas, **{person_id: (area_id,) for person_id, area_id in rows}}
    host = current_site().host
    on = enabled_by_area(session, {area_id for several in areas.values() for area_id in several})
    marks = {
        (plugin, person_id)
        for person_id, several in areas.items()
        for area_id in several
        for plugin in on[area_id]
        if host.has_hook(plugin, "derive")
    }
    if figures:
        marks |= {(CORE, person_id) for person_id in ids}
    if marks:
        # In one order everywhere: two transactions that mark the same people must not wait for each other in a ring.
        session.execute(
            _mark(dialect_of(session)),
            [{"plugin": plugin, "person_id": person_id, "n": 1} for plugin, person_id in sorted(marks)],
        )
        session.info.setdefault(MARKED, set()).update(ids)


@lru_cache(maxsize=4)
def _mark(dialect: str) -> Any:
    return insert_into(dialect, Pending).on_conflict_do_update(
        index_elements=["plugin", "person_id"], set_={"n": Pending.n + 1}
    )


def mark_query(session: Session, plugin: str, people: Select[int]) -> None:
    """Mark all people of a query for one plugin, in one statement."""
    source = people.with_only_columns(literal(plugin), Person.id, literal(1)).where(literal(True))
    statement = upsert(session, Pending).from_select(["plugin", "person_id", "n"], source)
    session.execute(
        statement.on_conflict_do_update(index_elements=["plugin", "person_id"], set_={"n": Pending.n + 1})
    )


def pending_people(session: Session, plugin: str, ids: Collection[int]) -> set[int]:
    """Which of ``ids`` still wait to be derived for ``plugin``: pages show them as not computed yet.

    A mark on any row of a human being counts for all of that human being's rows.
    """
    rows_of = groups(session, ids)
    kept_of = {row: kept for kept, rows in rows_of.items() for row in rows}
    marked: set[int] = set()
    for part in chunks(kept_of):
        marked.update(
            session.scalars(
                select(Pending.person_id).where(Pending.plugin == plugin, Pending.person_id.in_(part))
            )
        )
    waiting_kept = {kept_of[row] for row in marked}
    return {person_id for person_id in ids if kept_of[person_id] in waiting_kept}


def waiting_count(plugin: str, area_id: int) -> ScalarSelect[int]:
    """How many people who belong below ``area_id`` wait to be derived for ``plugin``, as a part of a statement."""
    return (
        select(func.count())
        .select_from(Pending)
        .join(Person, Person.id == Pending.person_id)
        .where(Pending.plugin == plugin, Person.area_id.in_(subtree(area_id)))
        .scalar_subquery()
    )


def waiting_in(session: Session, plugin: str, area_id: int) -> int:
    """The same as a number, for the note above a list."""
    return session.scalar(select(waiting_count(plugin, area_id))) or 0


def waiting(plugin: str, person_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a mark of any row of the human being with this kept id waits, as an expression for a list's rows."""
    mine = select(Pending.n).where(Pending.plugin == plugin, Pending.person_id == person_id)
    # Two look-ups by key; one condition with OR would make PostgreSQL read all marks for each row.
    merged = (
        select(Pending.n)
        .join(PersonAlias, PersonAlias.merged_id == Pending.person_id)
        .where(Pending.plugin == plugin, PersonAlias.kept_id == person_id)
    )
    return or_(mine.exists(), merged.exists())


def pending_count(session: Session) -> int:
    """All marks that wait."""
    return session.scalar(select(func.count()).select_from(Pending)) or 0


def quarantined(session: Session) -> set[str]:
    """Names of the plugins that are stopped."""
    return set(session.scalars(select(PluginQuarantine.plugin)))


def release(session: Session, plugin: str) -> None:
    """Let a plugin out of quarantine; its waiting marks are tried at the next drain."""
    session.execute(delete(PluginQuarantine).where(PluginQuarantine.plugin == plugin))
    session.execute(delete(PluginFailure).where(PluginFailure.plugin == plugin))
    audit.write(session, SYSTEM, "plugin.released", "plugin", plugin)


def note_failure(plugin: str, hook: str, error: BaseException) -> None:
    """Keep a failure in a transaction of its own, and quarantine the plugin at the fifth within ten minutes."""
    log.error("plugin %s failed in %s", plugin, hook, exc_info=error)
    now = current_site().now()
    # The type alone: a message may quote a person's data. What the guard says never does.
    text = str(error) if isinstance(error, HookRefused) else type(error).__name__
    with unit_of_work(drain=False) as session:
        session.execute(insert(PluginFailure).values(plugin=plugin, hook=hook, error=text, at=now))
        recent = session.scalar(
            select(func.count())
            .select_from(PluginFailure)
            .where(PluginFailure.plugin == plugin, PluginFailure.at > now - FAILURE_WINDOW)
        )
        if (recent or 0) >= FAILURES_TO_QUARANTINE and session.get(PluginQuarantine, plugin) is None:
            session.add(PluginQuarantine(plugin=plugin, since=now, failures=recent or 0))
            audit.write(session, SYSTEM, "plugin.quarantined", "plugin", plugin)


def drain(
    *,
    people: Collection[int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> DrainReport:
    """Derive everybody who is marked (or those of ``people``), plugin by plugin, in batches of 500.

    Each batch is one transaction of one plugin; one that fails ends that plugin's turn and leaves its marks.
    """
    report = DrainReport()
    with read_scope() as session:
        stopped = quarantined(session)
    parts = [None] if people is None else list(chunks(sorted(people)))
    for plugin in [CORE, *current_site().host.in_order("derive")]:
        if plugin in stopped:
            continue
        try:
            for part in parts:
                _drain_part(plugin, part, report, progress)
        except _PluginFault as fault:
            report.failed[plugin] = type(fault.error).__name__
            _note_quietly(plugin, fault.error)
        except Exception as error:
            # The fact is committed, and a database that is busy leaves the mark standing.
            report.failed[plugin] = type(error).__name__
            log.warning("marks of %s stay", plugin, exc_info=error)
    return report


class _PluginFault(Exception):
    """What a plugin's derive raised, told apart from a database that was busy before the plugin had its turn."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class SlowHook(Exception):
    """A hook took longer than ``SLOW_SECONDS``: its results stand, and it counts as a failure."""


def _note_quietly(plugin: str, error: Exception) -> None:
    try:
        note_failure(plugin, "derive", error)
    except Exception:
        log.exception("the failure of %s could not be kept", plugin)


def _drain_part(
    plugin: str, people: list[int] | None, report: DrainReport, progress: Callable[[int], None] | None
) -> None:
    while True:
        began = stopwatch()
        done, more = _drain_batch(plugin, people)
        report.done += done
        if progress is not None and done:
            progress(report.done)
        if stopwatch() - began > SLOW_SECONDS:
            raise _PluginFault(SlowHook())
        if not more:
            return


def _drain_batch(plugin: str, people: list[int] | None) -> tuple[int, bool]:
    """How many marks were worked off, and whether others may be left; asking again would cost a transaction."""
    with unit_of_work(drain=False) as session:
        _one_at_a_time(session, plugin)
        query = (
            select(Pending.person_id, Pending.n).where(Pending.plugin == plugin).order_by(Pending.person_id)
        )
        if people is not None:
            query = query.where(Pending.person_id.in_(people))
        marks = session.execute(query.limit(BATCH)).all()
        if not marks:
            return 0, False
        kept = set(canonical_ids(session, [person_id for person_id, _n in marks]).values())
        _derive(session, plugin, sorted(kept))
        deleted = session.connection().execute(
            delete(Pending).where(
                Pending.plugin == plugin, tuple_(Pending.person_id, Pending.n).in_([tuple(m) for m in marks])
            )
        )
        return len(marks), len(marks) == BATCH or deleted.rowcount < len(marks)


def _derive(session: Session, plugin: str, people: list[int]) -> None:
    if plugin == CORE:
        derive_figures(session, people)
        return
    try:
        current_site().host.call_one(plugin, "derive", session=session, people=people)
    except Exception as error:
        raise _PluginFault(error) from error


def _one_at_a_time(session: Session, plugin: str) -> None:
    """On PostgreSQL two drains of one plugin would insert the same results; on SQLite there is one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL lock_timeout = '5s'"))
        # A plugin that never comes back is cut off by the database, and its marks stay.
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))
        session.execute(
            text("SELECT pg_advisory_xact_lock(:space, hashtext(:plugin))"),
            {"space": 7_318_245, "plugin": plugin},
        )


def drain_after_commit(people: Collection[int]) -> None:
    """A request's share of draining: small sets at once, large ones are left to the job that made them.

    Never raises: what was recorded is committed, and the reader must not be told otherwise.
    """
    if len(people) > AFTER_COMMIT:
        return
    try:
        drain(people=people)
    except Exception:
        log.exception("draining failed; the marks stay")
