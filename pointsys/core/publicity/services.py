"""Publishing a notice, confirming it after its time, withdrawing it. Each but the first is a row in the decisions.

Computing is somebody else's business: a caller hands over a ``Notice`` whose rows are masked already, and what is
published is what was previewed. Reading is in ``queries``, whose functions are named here too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.activity_log.deciders import Decider, deciders
from pointsys.core.activity_log.policy import BULK, OFF, SECOND_PERSON
from pointsys.core.activity_log.second_person import who_acts
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import new_public_id
from pointsys.core.documents.participation import issuer
from pointsys.core.objections.models import Objection
from pointsys.core.objections.queries import tally_of
from pointsys.core.objections.subjects import PUBLICITY
from pointsys.core.permissions import acting_role
from pointsys.core.publicity.models import (
    CONFIRMED,
    LIVE,
    POSTED,
    SUPERSEDED,
    WITHDRAWN,
    Publicity,
    PublicityDecision,
)
from pointsys.core.publicity.queries import (
    current_public,
    find_public,
    list_notices,
    live_of,
    notice_below,
    public_names,
)
from pointsys.core.settings import get_setting
from pointsys.core.site import current_site
from pointsys.core.work_calendar import site_calendar
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem
from pointsys.kit.publicity import PublicColumn, frozen_text, hash_of, posting_period

__all__ = [
    "Notice",
    "confirm",
    "current_public",
    "find_public",
    "list_notices",
    "live_of",
    "notice_below",
    "public_names",
    "publish",
    "withdraw",
]

DAYS = "publicity.days"
MOST_ROWS = 3000
MAX_REASON = 500
# Classes of reasons that the public may read; the words themselves stay with the staff.
MISTAKE = "mistake"
OBJECTION = "objection"
OTHER = "other"
REPLACED = "replaced"
WITHDRAWAL_REASONS = (MISTAKE, OBJECTION, OTHER)
# An ID number or a mobile phone: no table of a notice holds such a thing, whoever made it.
_PERSONAL = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{14}[\dXx]|\d{17}[\dXx])(?!\d)", re.ASCII)


@dataclass(frozen=True)
class Notice:
    """What a caller wants to be published: ``rows`` are masked texts, one for each column.

    ``kind`` is "<slug>.<what>"; ``period`` and ``subject_ref`` say of when and what; ``rule`` names the rule the
    figures follow. It is up for ``days`` working days, and can be objected to for ``objection_days`` more.
    """

    kind: str
    title: str
    period: str
    columns: Sequence[PublicColumn]
    rows: Sequence[Sequence[str]]
    days: int
    subject_ref: str = ""
    rule: str = ""
    objection_days: int = 0

    @property
    def digest(self) -> str:
        """Tells whether another notice would show the same: what was previewed is what is published."""
        heading = {"kind": self.kind, "title": self.title, "period": self.period, "rule": self.rule}
        return hash_of(frozen_text(heading, self.columns, self.rows))

    def check(self) -> None:
        """Refuse what cannot stand: Problem nothing_to_publish, too_many_rows, too_long_text or not_masked."""
        if not self.rows:
            raise Problem("nothing_to_publish", N_("There is nothing to publish: the list is empty."))
        if len(self.rows) > MOST_ROWS:
            raise Problem(
                "too_many_rows",
                N_("A notice has at most %(most)s rows: publish each community or branch by itself."),
                most=MOST_ROWS,
            )
        if not self.title.strip() or len(self.title) > 200:
            raise Problem("too_long_text", N_("A title has 1 to 200 characters."), field="title")
        if any(_PERSONAL.search(cell) for row in self.rows for cell in row):
            raise Problem("not_masked", N_("A phone or ID number must not stand on a public notice."))


def publish(
    session: Session, area: Area, notice: Notice, actor: Actor, *, shown: str = "", replacing: str = ""
) -> Publicity:
    """Freeze and post a notice of ``area``; ``shown`` is the digest of what was previewed, "" for no preview.

    A live notice of the same kind, subject and period is superseded if ``replacing`` says why. Raises Problem:
    nothing_to_publish, too_many_rows, not_masked, list_changed, already_posted, open_objections, bad_days,
    too_long_text, calendar_year_missing.
    """
    notice.check()
    if shown and shown != notice.digest:
        raise Problem("list_changed", N_("The list has changed meanwhile. Look at it again, then publish."))
    site = current_site()
    now, public_id = site.now(), new_public_id()
    period = posting_period(
        now, notice.days, site_calendar(site.home), site.timezone, objection_days=notice.objection_days
    )
    earlier = live_of(session, area.id, notice.kind, notice.subject_ref, notice.period)
    if earlier is not None:
        _supersede(session, earlier, public_id, replacing, actor)
    heading = {
        "id": public_id, "kind": notice.kind, "title": notice.title, "period": notice.period,
        "rule": notice.rule, "area_code": area.code, **issuer(session, area), "days": notice.days,
        "posted_at": now.isoformat(), "posted_on": period.posted_on.isoformat(),
        "first_day": period.first_day.isoformat(), "last_day": period.last_day.isoformat(),
        "objections_until": period.objections_until.isoformat(),
    }  # fmt: skip
    text = frozen_text(heading, notice.columns, notice.rows)
    row = Publicity(
        public_id=public_id,
        area_id=area.id,
        kind=notice.kind,
        title=notice.title,
        period=notice.period,
        subject_ref=notice.subject_ref,
        text=text,
        sha256=hash_of(text),
        row_count=len(notice.rows),
        days=notice.days,
        posted_at=now,
        first_day=period.first_day,
        last_day=period.last_day,
        objections_until=period.objections_until,
        closes_before=period.closes_before,
        posted_by=actor.label,
        posted_by_account=actor.account_id,
        state=POSTED,
    )
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "publicity.posted", "publicity", public_id, area_id=area.id,
        after={"sha256": row.sha256, "last_day": row.last_day}, count=row.row_count,
    )  # fmt: skip
    return row


def _supersede(session: Session, earlier: Publicity, by: str, replacing: str, actor: Actor) -> None:
    if not clean_text(replacing):
        raise Problem(
            "already_posted",
            N_("There is a notice of this already. Say why a new one replaces it."),
            field="replacing",
        )
    if tally_of(session, PUBLICITY, earlier.public_id).open:
        raise Problem(
            "open_objections", N_("An objection to this notice is open: it has to be answered first.")
        )
    held = _locked(session, earlier, LIVE)
    before = held.state
    _decide(session, held, SUPERSEDED, REPLACED, replacing, actor, replaced_by=by)
    audit.write(
        session, actor, "publicity.superseded", "publicity", held.public_id, area_id=held.area_id,
        before={"state": before}, after={"state": SUPERSEDED, "by": by},
    )  # fmt: skip


def confirm(session: Session, notice: Publicity, actor: Actor) -> Publicity:
    """Confirm a notice whose time is over and whose objections are all answered.

    Raises Problem: wrong_state, not_over, open_objections, objection_upheld, another_person_needed.
    """
    held = _locked(session, notice, (POSTED,))
    if current_site().now() < held.closes_before:
        raise Problem(
            "not_over",
            N_("The notice can be objected to until %(until)s; confirm it after that."),
            until=held.objections_until.isoformat(),
        )
    objections = tally_of(session, PUBLICITY, held.public_id)
    if objections.open:
        raise Problem(
            "open_objections", N_("An objection to this notice is open: it has to be answered first.")
        )
    if objections.upheld:
        raise Problem(
            "objection_upheld",
            N_("An objection to this notice was upheld: withdraw it and publish a corrected one."),
        )
    _check_second_person(session, held, actor)
    _decide(session, held, CONFIRMED, "", "", actor)
    audit.write(
        session, actor, "publicity.confirmed", "publicity", held.public_id, area_id=held.area_id,
        before={"state": POSTED}, after={"state": CONFIRMED, "sha256": held.sha256},
    )  # fmt: skip
    return held


def withdraw(session: Session, notice: Publicity, why: str, reason: str, actor: Actor) -> Publicity:
    """Take a notice down: ``why`` is mistake, objection or other, ``reason`` the words for the staff.

    Raises Problem: wrong_state, unknown_reason, reason_needed, too_long_text.
    """
    if why not in WITHDRAWAL_REASONS:
        raise Problem("unknown_reason", N_("Choose why it is withdrawn."), field="why")
    if not clean_text(reason):
        raise Problem("reason_needed", N_("Write what is wrong, or why, in a few words."), field="reason")
    held = _locked(session, notice, LIVE)
    before = held.state
    _decide(session, held, WITHDRAWN, why, reason, actor)
    audit.write(
        session, actor, "publicity.withdrawn", "publicity", held.public_id, area_id=held.area_id,
        before={"state": before}, after={"state": WITHDRAWN, "why": why},
    )  # fmt: skip
    return held


def _check_second_person(session: Session, notice: Publicity, actor: Actor) -> None:
    if actor.unrestricted:
        return
    who = who_acts(session, actor)
    objected = select(Objection.id).where(
        Objection.subject_type == PUBLICITY,
        Objection.subject_id == notice.public_id,
        Objection.raised_by_account.in_(who.accounts),
    )
    if session.scalar(objected.limit(1)) is not None:
        raise Problem(
            "another_person_needed", N_("You objected to this notice, so somebody else has to confirm it.")
        )
    if get_setting(session, notice.area_id, SECOND_PERSON, BULK) == OFF:
        return
    if who.did(notice.posted_by_account, notice.posted_by):
        raise Problem(
            "another_person_needed", N_("You published this notice, so somebody else has to confirm it.")
        )


def who_may_confirm(session: Session, notice: Publicity) -> list[Decider]:
    """Those who may confirm the notice: neither its publisher nor anybody who objected to it; three statements."""
    objected = select(Objection.raised_by_account).where(
        Objection.subject_type == PUBLICITY, Objection.subject_id == notice.public_id
    )
    accounts = {notice.posted_by_account, *session.scalars(objected)} - {None}
    return deciders(
        session,
        notice.area_id,
        but_accounts=[account for account in accounts if account is not None],
        permission="publicity.publish",
    )


def _locked(session: Session, notice: Publicity, states: Sequence[str]) -> Publicity:
    query = select(Publicity).where(Publicity.id == notice.id).with_for_update()
    held = session.scalars(query.execution_options(populate_existing=True)).one()
    if held.state not in states:
        raise Problem("wrong_state", N_("This notice was decided on already."))
    return held


def _decide(
    session: Session,
    notice: Publicity,
    outcome: str,
    why: str,
    reason: str,
    actor: Actor,
    *,
    replaced_by: str = "",
) -> None:
    reason = clean_text(reason)
    if len(reason) > MAX_REASON:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="reason", count=MAX_REASON)
    session.add(
        PublicityDecision(
            publicity_id=notice.id,
            outcome=outcome,
            why=why,
            reason=reason,
            replaced_by=replaced_by,
            actor=actor.label,
            account_id=actor.account_id,
            role=acting_role(session, actor, "publicity.publish", notice.area_id),
            second_person=not who_acts(session, actor).did(notice.posted_by_account, notice.posted_by),
            at=current_site().now(),
        )
    )
    notice.state = outcome
    session.flush()
