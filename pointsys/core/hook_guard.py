"""What a hook may do to the database, kept while it runs: neither commit nor write what is not its own.

The guard sits at the engine, below the ORM, so that SQL as text and connections of the hook's own meet it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event

# Hook -> tables of the core it may add to besides the plugin's own. Hooks that are not named here only read.
# Services of plugins leave audit rows and marks; they do so through the facade.
WRITING: Mapping[str, frozenset[str]] = {
    "derive": frozenset(),
    "people_imported": frozenset({"audit", "pending"}),
    "area_started": frozenset({"audit", "pending", "area_setting"}),
    "merge_people": frozenset({"audit", "pending"}),
    "erase_person": frozenset(),
}

_READS = re.compile(
    r"\s*(SELECT|WITH|EXPLAIN|VALUES|SAVEPOINT|RELEASE|ROLLBACK TO|BEGIN\Z|SET LOCAL)\b", re.I
)
_TARGETS = re.compile(
    r"(?<!FOR )(?<!KEY )(?<!DO )\b(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)"
    r"\s+(?:ONLY\s+)?[\"`\[]?(?:\w+\.)?(\w+)",
    re.I,
)
_STRINGS = re.compile(r"'(?:[^']|'')*'")


class HookRefused(RuntimeError):
    """A hook tried what no hook may; the text names plugin, hook and deed, and nobody's data."""


@dataclass(frozen=True)
class _Guard:
    plugin: str
    slug: str
    hook: str

    def allows(self, table: str) -> bool:
        extra = WRITING.get(self.hook)
        return extra is not None and (table.startswith(f"{self.slug}_") or table in extra)

    def refuse(self, deed: str) -> HookRefused:
        return HookRefused(f"plugin {self.plugin} may not {deed} in {self.hook}")


_running: ContextVar[_Guard | None] = ContextVar("running_hook", default=None)


@contextmanager
def guarded(plugin: str, slug: str, hook: str, session: Any = None) -> Iterator[None]:
    """Run a hook of ``plugin`` in the block; HookRefused is raised where it oversteps.

    What the caller left unflushed is written before, and what the hook changed before the block ends, so that
    each is judged as its own.
    """
    transaction = None
    if session is not None:
        session.flush()
        transaction = session.get_transaction()
    guard = _Guard(plugin, slug, hook)
    token = _running.set(guard)
    try:
        yield
        if session is not None:
            session.flush()
    finally:
        _running.reset(token)
    # In pages a hook may end its reading with read_scope; a write transaction is the caller's alone.
    writing = session is not None and session.info.get("unit_of_work")
    if writing and session.get_transaction() is not transaction:
        raise guard.refuse("end the caller's transaction")


@contextmanager
def core_service() -> Iterator[None]:
    """What the block writes is the core's deed, asked for by a hook that writes: for services of the core whose
    whole effect a hook may have, whatever it passes. Raises HookRefused in a hook that only reads.
    """
    guard = _running.get()
    if guard is not None and guard.hook not in WRITING:
        raise guard.refuse("ask for a change")
    token = _running.set(None)
    try:
        yield
    finally:
        _running.reset(token)


def refuse_in_hook(deed: str) -> None:
    """Raise HookRefused if a hook is running; for things that no hook may begin."""
    guard = _running.get()
    if guard is not None:
        raise guard.refuse(deed)


def _check_statement(
    _connection: Connection, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool
) -> None:
    guard = _running.get()
    if guard is None:
        return
    plain = _STRINGS.sub("''", statement)
    targets = _TARGETS.findall(plain)
    if not targets and not _READS.match(plain):
        raise guard.refuse(f"execute {plain.split(maxsplit=1)[0][:20]}")
    for table in targets:
        if not guard.allows(table.lower()):
            raise guard.refuse(f"write {table}")


def _check_commit(_connection: Connection) -> None:
    refuse_in_hook("commit")


def watch(engine: Engine) -> None:
    """Make ``engine`` ask the running hook's guard."""
    event.listen(engine, "before_cursor_execute", _check_statement)
    event.listen(engine, "commit", _check_commit)
