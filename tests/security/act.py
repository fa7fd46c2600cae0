"""One act: who sends what to which address, and the event of the audit log that comes of it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.security.conftest import Populated
from tests.security.realm import HOLDERS, Realm
from tests.security.routes import Route

Things = dict[str, str]
Before = Callable[[Populated, "Act"], Things]
DAY = "2026-07-09"
PERIOD = {"first": "2026-07-01", "last": "2026-07-10"}
WINDOW = {"start": "08:00", "end": "09:00"}


@dataclass(frozen=True)
class Act:
    """One form, or one body, sent by ``role`` to its own area about things of ``place``; ``days`` later if need be."""

    endpoint: str
    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    role: str = "worker"
    place: str = "happy"
    before: Before | None = None
    days: int = 0
    verb: str = "POST"
    # Another kind of thing than the usual one for an argument of the address.
    kinds: Mapping[str, str] = field(default_factory=dict)
    upload: str = ""
    # Fields whose things are not of an area: the code on one's own phone, say.
    own: tuple[str, ...] = ()
    query: str = ""

    @property
    def home(self) -> str:
        """Where the one who acts holds the role."""
        held = HOLDERS[self.role]
        return held[1] if held is not None else self.place

    @property
    def named(self) -> list[str]:
        """The fields that name things."""
        return [
            name
            for name, value in self.fields.items()
            if "{" in str(value) and name not in ("kind", "at", *self.own)
        ]


def fill(value: Any, things: Mapping[str, str], realm: Realm) -> Any:
    """The value with ids in the place of kinds."""
    if isinstance(value, list):
        return [fill(item, things, realm) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, things, realm) for key, item in value.items()}
    if not isinstance(value, str):
        return value

    def thing(found: re.Match[str]) -> str:
        place, _dot, kind = found[1].rpartition(".")
        return realm.things[place][kind] if place else things[kind]

    return re.sub(r"\{([\w.]+)\}", thing, value)


def picture() -> tuple[io.BytesIO, str]:
    """A small photo as a browser sends it."""
    data = io.BytesIO()
    Image.new("RGB", (9, 9), "green").save(data, "PNG")
    return io.BytesIO(data.getvalue()), "a.png"


def address(act: Act, route: Route, things: Mapping[str, str], realm: Realm) -> str:
    """Where the act is sent: the area of whoever acts, and the things that it is about."""
    given = {name: things[kind] for name, kind in act.kinds.items()}
    return route.path(things, realm.codes[act.home], given) + str(fill(act.query, things, realm))
