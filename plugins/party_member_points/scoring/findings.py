"""What the linter has to say about a scheme, and the refusal that carries it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pointsys.plugin import N_, Problem

from .periods import PERIOD_RANK


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: a stable ``code``, the ``place`` as a path, a catalog text with its ``params``, error or warning."""

    code: str
    place: str
    message: str
    severity: str = "error"
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The message in English with its places filled."""
        return self.message % self.params if self.params else self.message

    def as_dict(self) -> dict[str, str]:
        """Neutral JSON: code, place, message."""
        return {"code": self.code, "place": self.place, "message": self.text}


class Findings(list[Finding]):
    """Collects remarks; knows the period of the scheme, which decides how wide a window may be."""

    def __init__(self, period: str = "year") -> None:
        super().__init__()
        self.period = period

    @property
    def widest(self) -> int:
        """The rank of the widest window that fits into the period."""
        return PERIOD_RANK[self.period]

    def refuse(self, code: str, place: str, message: str, **params: object) -> None:
        """Add an error: the scheme cannot be used."""
        self.append(Finding(code, place, message, "error", params))

    def warn(self, code: str, place: str, message: str, **params: object) -> None:
        """Add a warning: the scheme works, but somebody should know."""
        self.append(Finding(code, place, message, "warning", params))


class SchemeError(Problem):
    """A scheme that the linter refuses; ``findings`` lists every error and warning."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        errors = [finding for finding in self.findings if finding.severity == "error"]
        listed = "; ".join(f"{finding.place}: {finding.text} [{finding.code}]" for finding in errors)
        super().__init__(
            "scheme_refused",
            N_("The scheme has %(count)s faults: %(list)s. Correct them and try again."),
            field="scheme",
            count=len(errors),
            list=listed,
        )
