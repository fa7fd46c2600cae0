"""Keeping what the pages of a set-up took: one row for the site, by step, whatever browser sent it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pointsys.core.setup.models import SetupDraft
from pointsys.core.site import current_site

_ONLY = 1


@dataclass(frozen=True)
class Draft:
    """What was kept: step -> field -> value, as sent. ``version`` rises with every change."""

    version: int = 0
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_draft(session: Session) -> Draft:
    """The site's draft; an empty one when there is none."""
    row = session.get(SetupDraft, _ONLY)
    return Draft(row.version, json.loads(row.data)) if row is not None else Draft()


def keep_step(session: Session, step: str, values: Mapping[str, Any]) -> None:
    """Keep what a step was told, in place of what it was told before."""
    row = session.get(SetupDraft, _ONLY, with_for_update=True)
    now = current_site().now()
    if row is None:
        text = json.dumps({step: values}, ensure_ascii=False)
        session.add(SetupDraft(id=_ONLY, version=1, data=text, changed_at=now))
        session.flush()
        return
    steps = json.loads(row.data)
    if steps.get(step) != values:
        row.data = json.dumps({**steps, step: values}, ensure_ascii=False)
        row.version, row.changed_at = row.version + 1, now


def drop_draft(session: Session) -> None:
    """Forget the draft: it holds names of people."""
    session.execute(delete(SetupDraft))
