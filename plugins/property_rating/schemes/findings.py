"""What the linter has to say about a scheme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pointsys.plugin import N_, Problem

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: a stable ``code``, the ``place`` as a path, and a catalog text with its ``params``."""

    severity: str
    code: str
    place: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The message in English, its places filled."""
        return self.message % self.params if self.params else self.message


class Findings(list[Finding]):
    """Collects remarks below ``at``."""

    def refuse(self, code: str, place: str, message: str, **params: object) -> None:
        """The scheme cannot be published."""
        self.append(Finding(ERROR, code, place, message, params))

    def warn(self, code: str, place: str, message: str, **params: object) -> None:
        """The scheme works, but somebody should know."""
        self.append(Finding(WARNING, code, place, message, params))


class SchemeRefused(Problem):
    """A scheme with faults; ``findings`` lists all of them, the code is that of the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = [one for one in findings if one.severity == ERROR]
        super().__init__(
            self.findings[0].code,
            N_("The scheme has %(n)s faults: %(list)s. Correct them and try again."),
            field="text",
            n=len(self.findings),
            list="; ".join(f"{one.place}: {one.text}" for one in self.findings),
        )


def is_sound(findings: Iterable[Finding]) -> bool:
    """Whether a scheme with these findings may be published."""
    return all(one.severity != ERROR for one in findings)
