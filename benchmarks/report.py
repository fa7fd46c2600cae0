"""One measured figure with its goals, and the table of all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """A measured value. ``accept`` and ``stretch`` are the goals, None for values that stand beside one.

    With ``at_least`` more is better, otherwise less.
    """

    goal: str
    name: str
    engine: str
    value: float
    unit: str
    accept: float | None = None
    stretch: float | None = None
    at_least: bool = True

    def reaches(self, bound: float) -> bool:
        """Whether the value is as good as ``bound`` or better."""
        return self.value >= bound if self.at_least else self.value <= bound

    @property
    def verdict(self) -> str:
        """ "stretch", "accept", "missed", or "" for a value without a goal."""
        if self.accept is None:
            return ""
        if self.stretch is not None and self.reaches(self.stretch):
            return "stretch"
        return "accept" if self.reaches(self.accept) else "missed"


def print_table(figures: Sequence[Figure]) -> None:
    """Print figures with their goals in aligned columns."""
    heading = ("goal", "what", "engine", "value", "accept", "stretch", "")
    lines: list[tuple[str, ...]] = [heading]
    for figure in figures:
        sign = ">=" if figure.at_least else "<="
        goals = [
            f"{sign} {_number(bound)}" if bound is not None else ""
            for bound in (figure.accept, figure.stretch)
        ]
        value = f"{_number(figure.value)} {figure.unit}"
        lines.append((figure.goal, figure.name, figure.engine, value, *goals, figure.verdict))
    widths = [max(len(line[i]) for line in lines) for i in range(len(heading))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def as_json(figures: Sequence[Figure], conditions: Mapping[str, object]) -> str:
    """Everything as one JSON object."""
    rows = [{**asdict(figure), "verdict": figure.verdict} for figure in figures]
    return json.dumps({"conditions": conditions, "figures": rows}, ensure_ascii=False, indent=1)
