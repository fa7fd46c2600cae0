"""Registering what leaves the site as a file, and ordering files with phones or ID numbers (S-24, S-39, A28, A80).

A list without them is made at once and only registered. One with them needs a reason; with ``SECOND_PERSON_FROM`` rows
or more, all that one human being takes within a day added up, it also needs a second person, another account and
another human being. It is fetched once, by the one who ordered
it, within a day; for some minutes after that once more, for browsers that lost it. Services work in the caller's
transaction.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit, rate_limits
from pointsys.core.accounts.humans import own_accounts
from pointsys.core.accounts.models import Account
from pointsys.core.actors import Actor
from pointsys.core.alerts import raise_alert
from pointsys.core.areas.models import subtree
from pointsys.core.database import new_public_id
from pointsys.core.exports.models import EXPIRED, OPEN, READY, REFUSED, TAKEN, WAITING, ExportFile
from pointsys.core.people.groups import canonical_ids, chunks
from pointsys.core.people.models import PersonUnmasking
from pointsys.core.site import current_site
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem, Refused

SECOND_PERSON_FROM = 5_000
KEPT = timedelta(hours=24)
# A browser that lost the file may fetch it again for so long.
AGAIN_FOR = timedelta(minutes=10)
EXPORTS_PER_HOUR = 120
ORDERS_PER_HOUR = 20
MAX_REASON = 200
_DIGITS = re.compile(r"\d{4,}")


class Gone(Problem):
    """The file was fetched, refused, or nobody fetched it in time: 410."""


def new_number() -> str:
    """What a file is called in the register and in itself: the local day and six random signs."""
    return f"E{current_site().today():%Y%m%d}-{new_public_id()[:6].upper()}"


def digest(data: bytes) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


def without_numbers(arguments: Mapping[str, str]) -> dict[str, str]:
    """Filters as the register keeps them: what was searched for may be a phone or an ID number."""
    return {
        key: _DIGITS.sub("…", value) if key == "q" else value for key, value in arguments.items() if value
    }


@dataclass(frozen=True)
class Wanted:
    """What is to leave: the list's endpoint and title, the area, its filters, the form and how many rows."""

    list_name: str
    title: str
    area_id: int | None
    arguments: Mapping[str, str]
    form: str
    rows: int


def _row(number: str, wanted: Wanted, actor: Actor) -> ExportFile:
    return ExportFile(
        number=number,
        account_id=actor.account_id,
        created_by=actor.label,
        at=current_site().now(),
        area_id=wanted.area_id,
        list_name=wanted.list_name[:64],
        title=wanted.title[:100],
        arguments=json.dumps(without_numbers(wanted.arguments), ensure_ascii=False, sort_keys=True),
        form=wanted.form,
        rows=wanted.rows,
    )


def register(
    session: Session, number: str, wanted: Wanted, sha256: str, actor: Actor, *, identifiers: bool = False
) -> ExportFile:
    """Note a file that is taken away at this moment; raises TooMany for a very busy account.

    ``identifiers`` for somebody's own sheet that is handed back with the numbers it came with.
    """
    _spend(session, "export", EXPORTS_PER_HOUR, actor)
    row = _row(number, wanted, actor)
    row.state, row.sha256, row.fetched_at, row.identifiers = TAKEN, sha256, row.at, identifiers
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "list.exported", "list", wanted.list_name[:64], area_id=wanted.area_id, count=wanted.rows,
        after={"number": number, "form": wanted.form, "arguments": row.arguments, "sha256": sha256},
    )  # fmt: skip
    return row


def order(session: Session, wanted: Wanted, reason: str, actor: Actor) -> ExportFile:
    """Order a file with phones and ID numbers in full; raises Problem bad_reason, search_by_number, or TooMany."""
    reason = clean_text(reason)
    if not 4 <= len(reason) <= MAX_REASON:
        raise Problem(
            "bad_reason",
            N_("Say in 4 to 200 characters what you need it for and who gets it."),
            field="reason",
        )
    if without_numbers(wanted.arguments) != {k: v for k, v in wanted.arguments.items() if v}:
        raise Problem(
            "search_by_number",
            N_(
                "Reset the search first: the register of exports keeps the filters, and no number of anybody."
            ),
        )
    _spend(session, "export.identifiers", ORDERS_PER_HOUR, actor)
    row = _row(new_number(), wanted, actor)
    row.identifiers, row.reason, row.expires_at = True, reason, row.at + KEPT
    # Counted after the limit was spent, which lets orders of one account wait for each other.
    row.state = WAITING if needs_second_person(session, wanted.rows, actor) else READY
    session.add(row)
    session.flush()
    _write(session, row, "export.ordered", actor)
    if row.state == WAITING:
        raise_alert(
            session, "export.identifiers", row.number, by=actor.label, rows=wanted.rows, list=wanted.list_name
        )
    return row


def needs_second_person(session: Session, rows: int, actor: Actor, *, besides: int | None = None) -> bool:
    """Whether so many rows with phones or ID numbers more need somebody else's consent (A80).

    With them count those that the same human being took in the last 24 hours, or may still fetch, on nobody else's
    word; ``besides`` is the id of the order that the rows are of.
    """
    return rows + _taken_alone(session, actor, besides) >= SECOND_PERSON_FROM


def _taken_alone(session: Session, actor: Actor, besides: int | None) -> int:
    now = current_site().now()
    query = select(func.coalesce(func.sum(ExportFile.rows), 0)).where(
        ExportFile.account_id.in_(own_accounts(session, actor)),
        ExportFile.identifiers.is_(True),
        ExportFile.decided_by == "",
        # Somebody's own sheet that is handed back was never ordered, and tells them nothing new.
        ExportFile.expires_at.is_not(None),
        or_(
            and_(ExportFile.state == READY, ExportFile.expires_at > now),
            and_(ExportFile.state == TAKEN, ExportFile.fetched_at > now - KEPT),
        ),
    )
    if besides is not None:
        query = query.where(ExportFile.id != besides)
    return int(session.scalar(query) or 0)


def decide(session: Session, row: ExportFile, approve: bool, actor: Actor) -> None:
    """Let a long list go, or refuse it; raises Problem not_waiting, or Refused own_export for the same person."""
    session.refresh(row, with_for_update=True)
    if row.state != WAITING or _is_over(row):
        raise Problem("not_waiting", N_("This export waits for nobody's consent any more."))
    if actor.account_id is None or _same_person(session, row.account_id, actor):
        raise Refused("own_export", N_("A second person has to decide on your export."))
    row.state = READY if approve else REFUSED
    row.decided_by, row.decided_at = actor.label, current_site().now()
    row.expires_at = row.decided_at + KEPT
    session.flush()
    _write(session, row, "export.approved" if approve else "export.refused", actor)


def _same_person(session: Session, account_id: int | None, actor: Actor) -> bool:
    if account_id is None or account_id == actor.account_id:
        return True
    person_id = session.scalar(select(Account.person_id).where(Account.id == account_id))
    if person_id is None or actor.person_id is None:
        return False
    return len(set(canonical_ids(session, (person_id, actor.person_id)).values())) == 1


def check_fetch(row: ExportFile, actor: Actor) -> None:
    """Whether the file may be fetched now; raises Refused (not visible), Gone, or Problem export_waits."""
    if row.account_id is None or row.account_id != actor.account_id or not row.identifiers:
        raise Refused("not_yours", N_("This export is not yours."), visible=False)
    if row.state == WAITING and not _is_over(row):
        raise Problem("export_waits", N_("A second person has to agree first."))
    lost = row.fetched_at is not None and current_site().now() < row.fetched_at + AGAIN_FOR
    if _is_over(row) or not (row.state == READY or (row.state == TAKEN and lost)):
        raise Gone(
            "export_gone",
            N_("This file is gone: each is fetched once, within a day. Order it again if you still need it."),
        )


def fetched(
    session: Session, row: ExportFile, rows: int, sha256: str, looked: Sequence[tuple[int, str]], actor: Actor
) -> None:
    """Note that the file leaves now; raises Problem export_grew if it has grown past what one person may take.

    ``looked`` are person ids with the fields that the file holds in full: whoever asks who looked is told of it.
    """
    check_fetch(row, actor)
    if not row.decided_by and needs_second_person(session, rows, actor, besides=row.id):
        raise Problem("export_grew", N_("The list has grown meanwhile: order it again, for a second person."))
    row.state, row.rows, row.sha256 = TAKEN, rows, sha256
    if row.fetched_at is None:
        row.fetched_at = current_site().now()
        common = {"reason": row.reason, "actor": actor.label, "at": row.fetched_at}
        for part in chunks(looked):
            session.execute(
                insert(PersonUnmasking),
                [{"person_id": person_id, "field": name, **common} for person_id, name in part],
            )
    session.flush()
    _write(session, row, "export.fetched", actor)


def _is_over(row: ExportFile) -> bool:
    return row.expires_at is not None and row.expires_at <= current_site().now()


def state_of(row: ExportFile) -> str:
    """The row's state at this moment, between two rounds of clearing."""
    return EXPIRED if row.state in OPEN and _is_over(row) else row.state


def find_export(session: Session, public_id: str) -> ExportFile | None:
    """The row with this outside id."""
    return session.scalar(select(ExportFile).where(ExportFile.public_id == public_id))


def exports_in(area_id: int, actor: Actor, *, sees_all: bool, decides: bool) -> Select[ExportFile]:
    """The register of an area and below, newest first: one's own, what waits for one's consent, or all."""
    inside = ExportFile.area_id.in_(subtree(area_id))
    own: ColumnElement[bool] = ExportFile.account_id == (actor.account_id or 0)
    if decides:
        own = or_(own, and_(ExportFile.identifiers.is_(True), ExportFile.state == WAITING))
    query = select(ExportFile).where(inside) if sees_all else select(ExportFile).where(inside, own)
    return query.order_by(ExportFile.id.desc())


def expire(session: Session, now: datetime) -> None:
    """Close what nobody fetched or decided on in time."""
    session.execute(
        update(ExportFile)
        .where(ExportFile.state.in_(OPEN), ExportFile.expires_at <= now)
        .values(state=EXPIRED)
        .execution_options(synchronize_session=False)
    )


def _spend(session: Session, name: str, limit: int, actor: Actor) -> None:
    who = rate_limits.of_account(actor)
    rate_limits.spend(session, name, who, limit, 60, alert="export.many")


def _write(session: Session, row: ExportFile, event: str, actor: Actor) -> None:
    after = {"number": row.number, "rows": row.rows, "state": row.state, "sha256": row.sha256}
    audit.write(session, actor, event, "export", row.number, area_id=row.area_id, count=row.rows, after=after)
