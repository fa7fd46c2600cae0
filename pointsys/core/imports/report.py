"""What an import did or would do: counts, and every fault by row and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsys.core.imports.table import Fault
from pointsys.kit.problems import N_, Problem
from pointsys.language import say

CREATED = "created"
UPDATED = "updated"
UNCHANGED = "unchanged"
DUPLICATE = "duplicate"
ERROR = "error"
VERDICTS = (CREATED, UPDATED, UNCHANGED, DUPLICATE, ERROR)

STALE_PREVIEW = N_(
    "The roster or the log has changed since this preview. Look at the new preview, then import."
)
DERIVE_FAILED = N_(
    "%(plugin)s could not compute its results. They are shown as not computed yet; tell the IT office."
)
UNUSED_COLUMN = N_("The column “%(title)s” is not used.")


def sentence(fault: Fault) -> str:
    """The fault in the reader's language."""
    return say(Problem(fault.code, fault.message, **fault.params))


@dataclass(frozen=True)
class RowNote:
    """A fault or a warning of one row of the user's sheet."""

    row: int
    fault: Fault

    def as_json(self) -> dict[str, object]:
        """What a command prints."""
        return {
            "row": self.row,
            "column": self.fault.column,
            "code": self.fault.code,
            "message": sentence(self.fault),
        }


@dataclass
class Outcome:
    """Counts by verdict, and what comes into being besides the rows.

    ``minutes`` is the sum over created entries; ``confirmed`` is False when they wait for a second person.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    new_areas: list[str] = field(default_factory=list)
    new_kinds: list[str] = field(default_factory=list)
    minutes: int = 0
    confirmed: bool = True

    def same_plan(self, other: Outcome) -> bool:
        """Whether two previews promise the same."""
        return (self.counts, self.new_areas, self.new_kinds) == (
            other.counts,
            other.new_areas,
            other.new_kinds,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values for a batch to keep."""
        return {
            **self.counts, "new_areas": self.new_areas, "new_kinds": self.new_kinds, "minutes": self.minutes,
            "confirmed": self.confirmed,
        }  # fmt: skip

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Outcome:
        """The outcome that ``as_json`` described."""
        counts = {verdict: int(raw.get(verdict, 0)) for verdict in VERDICTS}
        return cls(
            counts, list(raw.get("new_areas", ())), list(raw.get("new_kinds", ())), int(raw.get("minutes", 0)),
            bool(raw.get("confirmed", True)),
        )  # fmt: skip


@dataclass
class ImportReport:
    """The answer to an import. ``committed`` tells whether anything changed, ``refused`` whether faults stopped it."""

    kind: str
    outcome: Outcome
    errors: list[RowNote] = field(default_factory=list)
    flagged: list[RowNote] = field(default_factory=list)
    unused_columns: tuple[str, ...] = ()
    committed: bool = False
    refused: bool = False
    batch: str | None = None
    derive_failed: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[dict[str, object]]:
        """Flags of rows, and what concerns the sheet or the results as a whole (row 0)."""
        general = [
            Fault(title, "unused_column", UNUSED_COLUMN, {"title": title}) for title in self.unused_columns
        ]
        general += [
            Fault("", "derive_failed", DERIVE_FAILED, {"plugin": plugin}) for plugin in self.derive_failed
        ]
        return [RowNote(0, fault).as_json() for fault in general] + [note.as_json() for note in self.flagged]

    def as_json(self) -> dict[str, object]:
        """The one object that a command prints; ``updated`` is for people only, entries never change."""
        return {
            **self.outcome.counts,
            "errors": [note.as_json() for note in self.errors],
            "new_areas": self.outcome.new_areas,
            "new_kinds": self.outcome.new_kinds,
            "minutes": self.outcome.minutes,
            "committed": self.committed,
            "batch": self.batch,
            "warnings": self.warnings,
        }
