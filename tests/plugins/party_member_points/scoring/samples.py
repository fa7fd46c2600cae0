"""Small schemes and facts for the scoring tests, written as the neutral data a file or a line would hold."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from pointsys.plugins.party_member_points.scoring import Scheme, build, load_scheme, score

CASES: dict[str, Any] = json.loads(Path(__file__).with_name("cases_public.json").read_text(encoding="utf-8"))


def scheme_data(*versions: dict[str, Any], period: str = "year", **keys: Any) -> dict[str, Any]:
    """A scheme with one category ``c`` where a version names none; versions are numbered, the first from 2024."""
    rows = [
        {"no": number, "effective_from": "2024-01-01", "category": [{"id": "c"}], **version}
        for number, version in enumerate(versions, 1)
    ]
    return {"id": "s", "title": "S", "period": {"type": period}, "version": rows, **keys}


def make(*versions: dict[str, Any], period: str = "year", **keys: Any) -> Scheme:
    """The same, built."""
    return build(scheme_data(*versions, period=period, **keys))


def one_item(**item: Any) -> Scheme:
    """A scheme of a single item ``i``."""
    return make({"item": [{"id": "i", "category": "c", **item}]})


def event(name: str, on: str, item: str = "i", **more: Any) -> dict[str, Any]:
    """An event by its local date, or by its instant when ``on`` has a time."""
    return {"id": name, "item": item, ("at" if "T" in on else "on"): on, **more}


def run(
    scheme: Scheme, *events: dict[str, Any], period: str = "2024", as_of: str | None = None, **facts: Any
) -> Any:
    """Score events of a person (``person=...``) and return the neutral result."""
    everything = {"person": {"id": "p"}, "events": list(events), **facts}
    return score(scheme, everything, {"period": period, "as_of": as_of})


def flagship() -> Scheme:
    """The preset that ships with the plugin."""
    source = files("pointsys.plugins.party_member_points") / "schemes" / "community-inservice.toml"
    return load_scheme(source.read_text(encoding="utf-8"), format="toml")
