"""A decided result before the public, its confirmation with a snapshot in a chain, and its reopening.

What is published is a notice of the core; its time, its objections and who may confirm it are the core's rules. Here
is added that nobody confirms what they proposed or decided themselves, and what the snapshot holds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED as NOTICE_CONFIRMED,
)
from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Notice,
    Person,
    Problem,
    PublicColumn,
    Publicity,
    acting_role,
    audit,
    canonical,
    confirm_notice,
    current_site,
    live_notice,
    mark_query,
    public_names,
    publish_notice,
    sha256_of,
    subtree,
    withdraw_notice,
)

from ..models import PointsSchemeVersion
from ..quarters.marks import open_of_people
from ..quarters.wording import period_words
from ..schemes import NAME, period_span
from ..sheets_publicity import days_of as days_of_sheet
from ..sheets_publicity import publication_of
from .deciding import REFERENCE, TAKEN_BACK
from .models import CONFIRMED, DECIDED, PUBLIC, REOPENED, PointsAnnual, PointsAnnualLine
from .services import count_lines, lines_of, locked, not_by, note, words

KIND = "points.annual"
POSTED = "posted"


def days_of(session: Session, area: Area, result: PointsAnnual) -> int:
    """Working days of publicity that are usual here."""
    return days_of_sheet(session, area.id, publication_of(session, result))


def notice_of(session: Session, area: Area, result: PointsAnnual, days: int) -> Notice:
    """The notice of a decided result: masked name, points by category, total and grade, the best first.

    Raises Problem as ``Notice.check`` does.
    """
    scheme = publication_of(session, result).scheme
    titles = scheme.category_titles
    lines = sorted(lines_of(session, result), key=lambda line: (-line.total, line.id))
    names = public_names(session, [line.person_id for line in lines])
    notice = Notice(
        kind=KIND,
        title=gettext(
            "Grades of %(place)s for %(period)s", place=area.name, period=period_words(result.period)
        ),
        period=result.period,
        columns=[
            PublicColumn(gettext("Name")),
            *(PublicColumn(title, "end") for title in titles.values()),
            PublicColumn(gettext("Total"), "end"),
            PublicColumn(gettext("Grade")),
        ],
        rows=[_public_row(line, names[line.person_id], titles) for line in lines if line.person_id in names],
        days=days,
        rule=gettext("By the scheme “%(scheme)s”", scheme=scheme.title),
        objection_days=int(scheme.appeal.get("days", 0)),
    )
    notice.check()
    return notice


def _public_row(line: PointsAnnualLine, name: str, titles: Mapping[str, str]) -> list[str]:
    points: Mapping[str, str] = json.loads(line.categories)
    return [name, *(points.get(key, "") for key in titles), line.total_text, line.grade or ""]


def publish(
    session: Session, area: Area, result: PointsAnnual, days: int, actor: Actor, *, shown: str = ""
) -> Publicity:
    """Post a decided result; a notice of an earlier number is replaced. ``shown`` is the digest of the preview.

    Raises Problem wrong_state, and as ``publish_notice`` does.
    """
    locked(session, result, DECIDED)
    notice = notice_of(session, area, result, days)
    earlier = live_notice(session, area.id, KIND, notice.subject_ref, notice.period)
    replacing = gettext("Result no. %(no)s of the same period", no=result.no) if earlier is not None else ""
    posted = publish_notice(session, area, notice, actor, shown=shown, replacing=replacing)
    result.state, result.publicity_id = PUBLIC, posted.id
    note(session, result, PUBLIC, actor, reference=posted.public_id)
    _audit(session, result, "points.annual_published", actor)
    return posted


def notice_under(session: Session, result: PointsAnnual) -> Publicity | None:
    """The notice that a result was published with."""
    return None if result.publicity_id is None else session.get(Publicity, result.publicity_id)


def take_down(session: Session, result: PointsAnnual, why: str, reason: str, actor: Actor) -> PointsAnnual:
    """Take a public result back to the committee, its notice withdrawn: ``why`` is mistake, objection or other.

    Raises Problem wrong_state, unknown_reason, reason_needed or too_long_text.
    """
    locked(session, result, PUBLIC)
    reason = words(reason)
    posted = notice_under(session, result)
    if posted is not None and posted.state in (POSTED, NOTICE_CONFIRMED):
        withdraw_notice(session, posted, why, reason, actor)
    result.state = DECIDED
    note(session, result, TAKEN_BACK, actor, reason=reason)
    _audit(session, result, "points.annual_taken_back", actor)
    return result


def confirm(session: Session, result: PointsAnnual, actor: Actor) -> PointsAnnual:
    """Confirm a result whose notice is over: its text is frozen and hashed together with the one before it.

    Raises Problem another_person_needed, wrong_state, notice_gone, list_changed, open_objections, and as
    ``confirm_notice`` does.
    """
    locked(session, result, PUBLIC)
    posted = notice_under(session, result)
    if posted is None or posted.state not in (POSTED, NOTICE_CONFIRMED):
        raise Problem(
            "notice_gone",
            N_("The notice of this result is not up any more: take the result back, then publish."),
        )
    lines = lines_of(session, result)
    decided = {(line.decided_by_account, line.decided_by) for line in lines}
    check_confirmer(session, result, posted, decided, actor)
    area = session.get_one(Area, result.area_id)
    shown = notice_of(session, area, result, posted.days)
    if json.loads(posted.text)["rows"] != [list(row) for row in shown.rows]:
        raise Problem("list_changed", N_("The list has changed meanwhile. Look at it again, then publish."))
    _check_nothing_open(session, result)
    if posted.state == POSTED:
        confirm_notice(session, posted, actor)
    result.state = CONFIRMED
    result.confirmed_at = current_site().now()
    result.confirmed_by, result.confirmed_by_account = actor.label, actor.account_id
    result.prev_sha256 = _last_hash(session, result)
    result.text = snapshot(session, area, result, posted, lines)
    result.sha256 = sha256_of(result.text)
    role = acting_role(session, actor, "points.decide", result.area_id)
    note(session, result, CONFIRMED, actor, reference=result.sha256, role=role)
    _mark_carried(session, result)
    audit.write(
        session, actor, "points.annual_confirmed", "points_annual", result.public_id, area_id=area.id,
        after={"period": result.period, "no": result.no, "sha256": result.sha256}, count=len(lines),
    )  # fmt: skip
    return result


def _check_nothing_open(session: Session, result: PointsAnnual) -> None:
    """A grade rests on entries and awards: while one of them is disputed, it is not final."""
    span = period_span(publication_of(session, result).scheme.period_type, result.period)
    people = select(PointsAnnualLine.person_id).where(PointsAnnualLine.annual_id == result.id)
    waiting = open_of_people(session, people, *span)
    if waiting:
        raise Problem(
            "open_objections",
            N_(
                "%(count)s objections to entries and awards of these members are open: they have to be answered first."
            ),
            count=waiting,
        )


def check_confirmer(
    session: Session,
    result: PointsAnnual,
    posted: Publicity,
    deciders: Collection[tuple[int | None, str]],
    actor: Actor,
) -> None:
    """Refuse whoever published, proposed or, as one of ``deciders``, decided: Problem another_person_needed."""
    not_by(
        session,
        actor,
        [(posted.posted_by_account, posted.posted_by)],
        N_("You published this result, so somebody else has to confirm it."),
    )
    not_by(
        session,
        actor,
        [(result.proposed_by_account, result.proposed_by)],
        N_("You proposed these grades, so somebody else has to confirm them."),
    )
    not_by(
        session,
        actor,
        [*deciders, (result.decided_by_account, result.decided_by)],
        N_("You decided on these grades, so somebody else has to confirm them."),
    )


def _last_hash(session: Session, result: PointsAnnual) -> str:
    query = (
        select(PointsAnnual.sha256)
        .where(
            PointsAnnual.area_id == result.area_id, PointsAnnual.sha256 != "", PointsAnnual.id != result.id
        )
        .order_by(PointsAnnual.confirmed_at.desc(), PointsAnnual.id.desc())
    )
    return session.scalar(query.limit(1)) or ""


def snapshot(
    session: Session,
    area: Area,
    result: PointsAnnual,
    posted: Publicity,
    lines: Sequence[PointsAnnualLine],
) -> str:
    """The canonical text of a confirmed result; people stand in it by their outside ids, reasons do not."""
    scheme = session.get_one(PointsSchemeVersion, result.publication_id)
    people = {line.person_id for line in lines}
    ids: dict[int, str] = {}
    for row in session.execute(select(Person.id, Person.public_id).where(Person.id.in_(people))):
        ids[row[0]] = row[1]
    return canonical(
        {
            "id": result.public_id,
            "area": area.code,
            "period": result.period,
            "no": result.no,
            "scheme": {"id": result.scheme_id, "sha256": scheme.sha256},
            "quota": {"ratio": result.quota_ratio, "limit": result.quota_limit},
            "notice": {"id": posted.public_id, "sha256": posted.sha256},
            "previous": result.prev_sha256,
            "lines": sorted(
                (
                    {
                        "person": ids[line.person_id],
                        "total": line.total_text,
                        "categories": json.loads(line.categories),
                        "minutes": line.minutes,
                        "activities": line.activities,
                        "scored": line.proposed_grade,
                        "proposed": line.quota_grade,
                        "grade": line.grade,
                    }
                    for line in lines
                ),
                key=lambda row: str(row["person"]),
            ),
        }
    )


def reopen(session: Session, result: PointsAnnual, reason: str, reference: str, actor: Actor) -> PointsAnnual:
    """Reopen a confirmed result by a decision: it stays as it was, and a new one gets the next number.

    Raises Problem wrong_state, reason_needed or too_long_text.
    """
    locked(session, result, CONFIRMED)
    reason, reference = words(reason), words(reference, field="reference", most=REFERENCE)
    result.state = REOPENED
    role = acting_role(session, actor, "points.decide", result.area_id)
    note(session, result, REOPENED, actor, reason=reason, reference=reference, role=role)
    _mark_carried(session, result)
    _audit(session, result, "points.annual_reopened", actor)
    return result


def _mark_carried(session: Session, result: PointsAnnual) -> None:
    """Where a scheme carries totals on, the next period begins anew with what is confirmed now."""
    versions = publication_of(session, result).scheme.versions
    if any(category.carry for version in versions for category in version.categories.values()):
        people = select(PointsAnnualLine.person_id).where(PointsAnnualLine.annual_id == result.id)
        mark_query(session, NAME, select(Person.id).where(Person.id.in_(people)))


@dataclass(frozen=True)
class Broken:
    """A result whose snapshot does not hold: ``what`` is text, chain or lines."""

    public_id: str
    period: str
    no: int
    what: str


def verify(session: Session, area: Area | None) -> tuple[int, list[Broken]]:
    """How many confirmed results an area has (all areas with None), reopened ones included, and those of them whose
    hash, chain or lines are not as they were confirmed."""
    query = select(PointsAnnual).where(PointsAnnual.sha256 != "")
    if area is not None:
        query = query.where(PointsAnnual.area_id.in_(subtree(area.id)))
    count, broken, last = 0, [], dict[int, str]()
    for result in session.scalars(query.order_by(PointsAnnual.confirmed_at, PointsAnnual.id)):
        count += 1
        what = _fault(session, result, last.get(result.area_id, ""))
        if what:
            broken.append(Broken(result.public_id, result.period, result.no, what))
        last[result.area_id] = result.sha256
    return count, broken


def _fault(session: Session, result: PointsAnnual, before: str) -> str:
    if sha256_of(result.text) != result.sha256:
        return "text"
    if result.prev_sha256 != before or json.loads(result.text)["previous"] != before:
        return "chain"
    area, posted = session.get_one(Area, result.area_id), notice_under(session, result)
    if posted is None or result.text != snapshot(session, area, result, posted, lines_of(session, result)):
        return "lines"
    return ""


def _audit(session: Session, result: PointsAnnual, event: str, actor: Actor) -> None:
    audit.write(
        session, actor, event, "points_annual", result.public_id, area_id=result.area_id,
        after={"period": result.period, "no": result.no}, count=count_lines(session, result),
    )  # fmt: skip
