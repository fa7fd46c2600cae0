"""What a verification can find, in words, and the report of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pointsys.core.audit.blocks import Head
from pointsys.kit.problems import N_, Problem

MOST = 50

TEXTS = {
    "changed": N_("Row %(row)s of the log “%(log)s” was changed after it was sealed."),
    "missing": N_("Row %(row)s of the log “%(log)s” is missing: it was deleted after it was sealed."),
    "inserted": N_("Row %(row)s of the log “%(log)s” was put in by other means than this program."),
    "forged": N_("Row %(row)s of the log “%(log)s” was put in or changed before it was sealed."),
    "copied": N_("Row %(row)s of the log “%(log)s” is a copy of an earlier one."),
    "status": N_(
        "Row %(row)s of the log “%(log)s” has another status than its last decision gave it: "
        "it was changed by other means than this program."
    ),
    "blanked": N_("Row %(row)s of the log “%(log)s” was blanked, and no erasure covers it."),
    "erasure": N_("An erasure blanked more or fewer rows than it says; the first is row %(row)s."),
    "block": N_("The block that begins with row %(row)s of the log “%(log)s” was changed."),
    "block_missing": N_("Block %(position)s of the chain is missing."),
    "overlap": N_("Row %(row)s of the log “%(log)s” is in two blocks of the chain."),
    "unmarked": N_("From row %(row)s of the log “%(log)s” on, marks were taken away."),
    "pruned": N_("Rows from %(row)s on were removed without the log saying so, or too early."),
    "cut": N_(
        "The chain was cut: an earlier head of it, kept outside, tells of rows after block %(position)s."
    ),
    "rewritten": N_(
        "The chain was rebuilt: from row %(row)s of the log “%(log)s” on it differs from a head kept outside."
    ),
    "anchor": N_("Line %(row)s of the file of heads was changed, or a line before it was taken out."),
    "anchors_gone": N_(
        "The file of heads has fewer lines than were written; lines from %(row)s on are missing."
    ),
}
LOG_TITLES = {"audit": N_("audit log"), "entry": N_("activity log"), "decision": N_("decisions")}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: ``code`` of TEXTS, and where. Sorted, the first one is the earliest in the chain."""

    code: str
    log: str = ""
    row: int = 0
    position: int = 0

    def problem(self, log_title: str) -> Problem:
        """The finding as a text with its values, for ``say``."""
        return Problem(self.code, TEXTS[self.code], row=self.row, position=self.position, log=log_title)


@dataclass
class Report:
    """What a verification saw; ``first`` is the first bad row. Rows are counted by log."""

    at: datetime
    head: Head
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    checked: dict[str, int] = field(default_factory=dict)
    unsealed: dict[str, int] = field(default_factory=dict)
    oldest_unsealed: datetime | None = None
    forgotten: int = 0
    pruned: int = 0
    anchors: int = 0
    anchored_at: datetime | None = None
    restores: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found

    @property
    def first(self) -> Finding | None:
        """The earliest thing that is wrong."""
        return min(self.findings, key=lambda f: (f.position, f.row), default=None)

    def add(self, finding: Finding) -> None:
        """Note one more; only the first ones are kept."""
        self.found += 1
        if len(self.findings) < MOST:
            self.findings.append(finding)

    def as_json(self) -> Mapping[str, object]:
        """For programs."""
        first = self.first
        return {
            "ok": self.ok,
            "at": self.at.isoformat(),
            "position": self.head.position,
            "hash": self.head.hash,
            "checked": self.checked,
            "unsealed": self.unsealed,
            "oldest_unsealed": self.oldest_unsealed and self.oldest_unsealed.isoformat(),
            "forgotten": self.forgotten,
            "pruned": self.pruned,
            "anchors": self.anchors,
            "anchored_at": self.anchored_at and self.anchored_at.isoformat(),
            "restores": self.restores,
            "found": self.found,
            "first": first and vars(first),
            "findings": [vars(finding) for finding in self.findings],
        }
