"""Drafts of schemes: writing one, handing it in, approving and publishing it.

Whoever wrote or submitted a text does not approve or publish it; the sub-district does (``points.approve``). What is
submitted is not written on any more; a published file is frozen by ``schemes.publish``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Problem,
    ancestors,
    audit,
    current_site,
    sha256_of,
    subtree,
    who_acts,
)

from ..models import PointsSchemeVersion
from ..schemes import LARGEST, check_publishable, publications_of, publish
from ..scoring.lint import read_scheme_text
from .form import newest
from .models import (
    APPROVED,
    DRAFT,
    OPEN,
    PUBLISHED,
    RETURNED,
    SUBMITTED,
    WITHDRAWN,
    PointsSchemeDraft,
    PointsSchemeDraftEvent,
    PointsSchemeTrial,
)
from .toml_text import write

LONGEST_REASON = 500
_SHA = 16
_KEY = re.compile(r"[0-9a-f]{16}-[0-9]{8}", re.ASCII)
# The acts whose doer has a part in the text.
WRITING = ("created", "changed", "submitted")


def as_toml(text: str, format: str) -> str:
    """A file as the TOML text that a draft holds; JSON is written anew. Raises Problem scheme_unreadable, not_toml."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if format == "toml":
        return text
    data, findings = read_scheme_text(text, format)
    if findings or not isinstance(data, dict):
        why = findings[0].text if findings else ""
        raise Problem(
            "scheme_unreadable", N_("The file cannot be read: %(why)s"), field="file", why=why or "JSON"
        )
    return write(data)


def create(session: Session, area: Area, text: str, actor: Actor, reason: str = "") -> PointsSchemeDraft:
    """A new draft for ``area``; raises Problem scheme_too_large."""
    draft = PointsSchemeDraft(
        area_id=area.id, state=DRAFT, revision=1, effective_from=None, publication_id=None, **_content(text)
    )
    session.add(draft)
    session.flush()
    _step(session, draft, "created", actor, reason)
    audit.write(
        session, actor, "points.scheme_drafted", "points_scheme_draft", draft.public_id, area_id=area.id,
        after={"sha256": draft.sha256},
    )  # fmt: skip
    return draft


def _content(text: str) -> dict[str, object]:
    """The columns that follow from the text."""
    text = text.replace("\r\n", "\n")
    if len(text) > LARGEST:
        raise Problem("scheme_too_large", N_("A scheme has at most 500,000 characters."), field="scheme")
    if "\x00" in text:
        raise Problem("scheme_unreadable", N_("The file cannot be read: %(why)s"), field="scheme", why="NUL")
    data, _findings = read_scheme_text(text, "toml")
    known = data if isinstance(data, dict) else {}
    name, title = (known.get(key) if isinstance(known.get(key), str) else "" for key in ("id", "title"))
    return {
        "text": text, "sha256": sha256_of(text), "scheme_id": str(name)[:100], "title": str(title)[:200],
        "changed_at": current_site().now(),
    }  # fmt: skip


def save(session: Session, draft: PointsSchemeDraft, text: str, revision: int, actor: Actor) -> None:
    """Put ``text`` in the place of the draft's; raises Problem draft_closed, draft_changed or scheme_too_large."""
    _lock(session, draft)
    _must_be(draft, OPEN)
    if draft.revision != revision:
        raise Problem(
            "draft_changed",
            N_(
                "Somebody else changed this draft meanwhile: copy what you wrote, load the page anew, and put it in."
            ),
            field="scheme",
        )
    content = _content(text)
    if content["sha256"] == draft.sha256:
        return
    before = draft.sha256
    for name, value in content.items():
        setattr(draft, name, value)
    draft.revision += 1
    _step(session, draft, "changed", actor)
    audit.write(
        session, actor, "points.scheme_saved", "points_scheme_draft", draft.public_id, area_id=draft.area_id,
        before={"sha256": before}, after={"sha256": draft.sha256},
    )  # fmt: skip


def submit(
    session: Session, draft: PointsSchemeDraft, effective_from: date, reason: str, actor: Actor
) -> None:
    """Hand the text in for approval; raises Problem draft_closed, trial_needed, and what publishing would raise."""
    _lock(session, draft)
    _must_be(draft, OPEN)
    check_publishable(session, session.get_one(Area, draft.area_id), draft.text, "toml", effective_from)
    trial = latest_trial(session, draft)
    if trial is None or trial.computed_at is None or trial.sha256 != draft.sha256:
        raise Problem(
            "trial_needed",
            N_("Try this text on the real data first: whoever approves it must see whom it touches."),
            field="from",
        )
    draft.effective_from = effective_from
    _move(session, draft, SUBMITTED, "submitted", actor, reason)
    audit.write(
        session, actor, "points.scheme_submitted", "points_scheme_draft", draft.public_id,
        area_id=draft.area_id, after={"sha256": draft.sha256, "effective_from": effective_from},
    )  # fmt: skip


def take_back(session: Session, draft: PointsSchemeDraft, actor: Actor) -> None:
    """Take a submitted or approved draft back, to write on it; raises Problem draft_closed."""
    _lock(session, draft)
    _must_be(draft, (SUBMITTED, APPROVED))
    _move(session, draft, DRAFT, "taken_back", actor)
    audit.write(
        session, actor, "points.scheme_taken_back", "points_scheme_draft", draft.public_id, area_id=draft.area_id
    )  # fmt: skip


def give_back(session: Session, draft: PointsSchemeDraft, reason: str, actor: Actor) -> None:
    """Return a submitted draft with what is to be mended; raises Problem draft_closed, reason_needed or
    another_person_needed."""
    _lock(session, draft)
    _must_be(draft, (SUBMITTED, APPROVED))
    _another_person(session, draft, actor)
    if not reason.strip():
        raise Problem("reason_needed", N_("Say what is to be mended."), field="reason")
    _move(session, draft, RETURNED, "returned", actor, reason)
    audit.write(
        session, actor, "points.scheme_returned", "points_scheme_draft", draft.public_id, area_id=draft.area_id
    )  # fmt: skip


def approve(session: Session, draft: PointsSchemeDraft, reason: str, actor: Actor) -> None:
    """Approve a submitted text; raises Problem draft_closed or another_person_needed."""
    _lock(session, draft)
    _must_be(draft, (SUBMITTED,))
    _another_person(session, draft, actor)
    _move(session, draft, APPROVED, "approved", actor, reason)
    audit.write(
        session, actor, "points.scheme_approved", "points_scheme_draft", draft.public_id,
        area_id=draft.area_id, after={"sha256": draft.sha256},
    )  # fmt: skip


def publish_draft(session: Session, draft: PointsSchemeDraft, actor: Actor) -> PointsSchemeVersion:
    """Freeze an approved text as the scheme that rules from the day it was submitted for, and mark the members.

    Raises Problem draft_closed, another_person_needed, and what ``schemes.publish`` raises.
    """
    _lock(session, draft)
    _must_be(draft, (APPROVED,))
    _another_person(session, draft, actor)
    assert draft.effective_from is not None
    area = session.get_one(Area, draft.area_id)
    row = publish(session, area, draft.text, "toml", draft.effective_from, actor)
    draft.publication_id = row.id
    _move(session, draft, PUBLISHED, "published", actor)
    return row


def withdraw(session: Session, draft: PointsSchemeDraft, reason: str, actor: Actor) -> None:
    """Put a draft away that is not published; it stays readable. Raises Problem draft_closed."""
    _lock(session, draft)
    _must_be(draft, (DRAFT, RETURNED, SUBMITTED, APPROVED))
    _move(session, draft, WITHDRAWN, "withdrawn", actor, reason)
    audit.write(
        session, actor, "points.scheme_withdrawn", "points_scheme_draft", draft.public_id, area_id=draft.area_id
    )  # fmt: skip


def _lock(session: Session, draft: PointsSchemeDraft) -> None:
    session.refresh(draft, with_for_update=True)


def _must_be(draft: PointsSchemeDraft, states: Collection[str]) -> None:
    if draft.state not in states:
        raise Problem(
            "draft_closed",
            N_("This draft has moved on meanwhile: look at it again, or begin a new one."),
            field="draft",
        )


def _another_person(session: Session, draft: PointsSchemeDraft, actor: Actor) -> None:
    """Refuse whoever wrote or submitted the text, under whatever account."""
    if actor.unrestricted:
        return
    who = who_acts(session, actor)
    event = PointsSchemeDraftEvent
    rows = session.execute(
        select(event.account_id, event.actor).where(event.draft_id == draft.id, event.act.in_(WRITING))
    )
    if any(who.did(account_id, label) for account_id, label in rows):
        raise Problem(
            "another_person_needed",
            N_("You had a part in this draft: somebody else has to approve and publish it."),
            field="draft",
        )


def _move(
    session: Session, draft: PointsSchemeDraft, state: str, act: str, actor: Actor, reason: str = ""
) -> None:
    draft.state = state
    draft.changed_at = current_site().now()
    _step(session, draft, act, actor, reason)


def _step(session: Session, draft: PointsSchemeDraft, act: str, actor: Actor, reason: str = "") -> None:
    session.add(
        PointsSchemeDraftEvent(
            draft_id=draft.id, act=act, sha256=draft.sha256, reason=reason.strip()[:LONGEST_REASON],
            at=current_site().now(), actor=actor.label, account_id=actor.account_id,
        )
    )  # fmt: skip
    session.flush()


def publication_key(row: PointsSchemeVersion) -> str:
    """What a publication is called in addresses: the beginning of its digest, and the day it took effect."""
    return f"{row.sha256[:_SHA]}-{row.effective_from:%Y%m%d}"


def find_publication(session: Session, key: str, area_id: int) -> PointsSchemeVersion | None:
    """The publication of this key; where several areas published one file for one day, the one nearest ``area_id``."""
    if not _KEY.fullmatch(key):
        return None
    row = PointsSchemeVersion
    near = row.area_id.in_(ancestors(area_id)) | row.area_id.in_(subtree(area_id))
    return session.scalars(
        select(row)
        .where(row.sha256.startswith(key[:_SHA]), row.effective_from == _day_of(key))
        .order_by(near.desc(), row.id)
        .limit(1)
    ).first()


def _day_of(key: str) -> date | None:
    try:
        return date.fromisoformat(key[_SHA + 1 :])
    except ValueError:
        return None


def latest_trial(session: Session, draft: PointsSchemeDraft) -> PointsSchemeTrial | None:
    """The newest dry run of a draft, finished or not."""
    trial = PointsSchemeTrial
    return session.scalar(select(trial).where(trial.draft_id == draft.id).order_by(trial.id.desc()).limit(1))


def events_of(session: Session, draft: PointsSchemeDraft) -> list[PointsSchemeDraftEvent]:
    """The steps of a draft, the first one first."""
    event = PointsSchemeDraftEvent
    return list(session.scalars(select(event).where(event.draft_id == draft.id).order_by(event.id)))


def compared_with(session: Session, draft: PointsSchemeDraft) -> PointsSchemeVersion | None:
    """What a draft is compared with: the newest publication of its area or, before there is one, of the area above."""
    from ..schemes import rules_of

    here = [row for row in publications_of(session, draft.area_id) if row.id != draft.publication_id]
    if draft.publication_id is not None:
        here = [row for row in here if row.id < draft.publication_id]
    if here:
        return here[0]
    ruling = rules_of(session, draft.area_id).publications
    # A published draft rules itself by now and hides what ruled before: then the area above says it.
    above = session.get_one(Area, draft.area_id).parent_id if draft.publication_id is not None else None
    if above is not None:
        ruling = rules_of(session, above).publications
    known = [row.id for row in ruling if row.id != draft.publication_id]
    return session.get(PointsSchemeVersion, known[-1]) if known else None


def frozen_numbers(session: Session, draft: PointsSchemeDraft) -> set[object]:
    """The numbers of versions of this scheme that rule in this area, published here or above: they stay as they are."""
    from ..schemes import rules_of

    found: set[object] = set()
    for row in rules_of(session, draft.area_id).publications:
        data, _findings = read_scheme_text(row.text, row.format)
        if isinstance(data, dict) and draft.scheme_id and data.get("id") == draft.scheme_id:
            found.update(v.get("no") for v in data.get("version") or () if isinstance(v, dict))
    return found


def is_frozen(session: Session, draft: PointsSchemeDraft, data: object) -> bool:
    """Whether the version that the form shows was published already, so that a change needs a new one."""
    version = newest(data)
    return version is not None and version.get("no") in frozen_numbers(session, draft)


def published_data(row: PointsSchemeVersion | None) -> object:
    """The data of a publication, None without one."""
    return None if row is None else read_scheme_text(row.text, row.format)[0]


def as_json(text: str) -> str:
    """A TOML scheme as JSON; decimals become texts, so that nothing is rounded. Raises Problem scheme_unreadable."""
    data, findings = read_scheme_text(text, "toml")
    if findings:
        raise Problem(
            "scheme_unreadable", N_("The file cannot be read: %(why)s"), field="scheme", why=findings[0].text
        )
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain) + "\n"


def _plain(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
