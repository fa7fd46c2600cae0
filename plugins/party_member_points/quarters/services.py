"""Computing a sheet, publishing it, setting it aside. ``deciding`` confirms and reopens, ``reading`` reads.

A sheet is frozen the moment it is computed: what is previewed is what is published, objected to and confirmed. One that
turns out wrong is computed anew under the next number; the notice of the earlier one is then replaced by its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Person,
    Problem,
    Publicity,
    acting_role,
    ancestors,
    audit,
    canonical,
    chunks,
    clean_text,
    current_site,
    groups,
    new_public_id,
    public_names,
    publish_notice,
    sha256_of,
    table_of,
)

from ..cuts import person_of, scores_at
from ..mapping import write_mapping
from ..models import PointsBranch
from ..schemes import rules_by_area
from ..services import Score
from ..sheets_publicity import MOST_ROWS, notice_of
from ..standing_on import members_on
from ..stored import ENGINE
from . import marks
from .calendar import Cut
from .gains import totals_elsewhere, totals_of
from .models import (
    COMPUTED,
    CONFIRMED,
    PUBLIC,
    REPLACED,
    PointsSheet,
    PointsSheetEvent,
    PointsSheetLine,
)
from .texts import LineValues, line_of, sheet_text, values_of

AT_ONCE = 500
MAX_REASON = 500


def compute(session: Session, area: Area, cut: Cut, branch: str, actor: Actor) -> PointsSheet:
    """Freeze the standing at a cut of all members of ``area`` and below, or of one branch, from what is known now.

    Members are those who belonged there on the day of the cut. An earlier sheet of the same cut that was only computed
    is set aside; one that is up stays so until this one is published. Raises Problem cut_not_over, sheet_confirmed,
    unknown_branch, nobody_on_sheet or too_many_rows.
    """
    site = current_site()
    if cut.day >= site.today():
        raise Problem(
            "cut_not_over",
            N_("%(label)s is not over yet: compute its sheet from %(day)s on, after its last day."),
            field="cut",
            label=cut.label,
            day=cut.day.isoformat(),
        )
    lock_area(session, area.id)
    earlier = sheets_of_cut(session, area.id, cut, branch)
    if earlier and earlier[-1].state == CONFIRMED:
        raise Problem(
            "sheet_confirmed",
            N_("This sheet is confirmed. It can only be computed anew after it is reopened."),
        )
    now = site.now()
    scores = _scores(session, area, cut, branch, now)
    since = _since(session, area.id, cut, branch)
    sheet = _freeze(session, area, cut, branch, scores, since, (earlier[-1].no if earlier else 0) + 1, actor)
    for old in earlier:
        if old.state == COMPUTED:
            note(session, old, REPLACED, actor)
    note(session, sheet, COMPUTED, actor)
    audit.write(
        session, actor, "points.sheet_computed", "points_sheet", sheet.public_id, area_id=area.id,
        after={"sha256": sheet.sha256, "cut": cut.day}, count=sheet.line_count,
    )  # fmt: skip
    return sheet


def lock_area(session: Session, area_id: int) -> None:
    """Let sheets and the chain of an area have one writer at a time."""
    session.execute(select(Area.id).where(Area.id == area_id).with_for_update(key_share=True))


def lock_above(session: Session, area_id: int) -> None:
    """Let what concerns the same people in an area, above and below it have one writer at a time."""
    query = select(Area.id).where(Area.id.in_(ancestors(area_id))).order_by(Area.id)
    session.execute(query.with_for_update(key_share=True)).all()


def sheets_of_cut(session: Session, area_id: int, cut: Cut, branch: str) -> list[PointsSheet]:
    """All sheets of one cut, the first one first."""
    sheet = PointsSheet
    query = select(sheet).where(
        sheet.area_id == area_id,
        sheet.scheme_id == cut.scheme_id,
        sheet.period == cut.period,
        sheet.cut == cut.day,
        sheet.branch == branch,
    )
    return list(session.scalars(query.order_by(sheet.no).execution_options(populate_existing=True)))


def _scores(session: Session, area: Area, cut: Cut, branch: str, now: datetime) -> list[Score]:
    known = select(PointsBranch.id).where(PointsBranch.name == branch).limit(1)
    if branch and session.scalar(known) is None:
        raise Problem("unknown_branch", N_("There is no such Party branch here."), field="branch")
    found = []
    for part in chunks(members_on(session, area.id, cut.day, branch or None), AT_ONCE):
        scores = scores_at(session, part, cut.scheme_id, cut.period, cut.day, now)
        # Where an area below publishes a scheme of its own, its members stand on its own sheet.
        found += [s for s in scores if s.publication.id == cut.publication.id and s.found.outcome is not None]
    if not found:
        raise Problem("nobody_on_sheet", N_("Nobody here has points in this period yet."))
    if len(found) > MOST_ROWS:
        raise Problem(
            "too_many_rows",
            N_("A notice has at most %(most)s rows: publish each community or branch by itself."),
            most=MOST_ROWS,
        )
    return found


def _since(session: Session, area_id: int, cut: Cut, branch: str) -> PointsSheet | None:
    """The confirmed sheet of the same period that came before."""
    sheet = PointsSheet
    query = select(sheet).where(
        sheet.area_id == area_id,
        sheet.scheme_id == cut.scheme_id,
        sheet.period == cut.period,
        sheet.cut < cut.day,
        sheet.branch == branch,
        sheet.state == CONFIRMED,
    )
    return session.scalars(query.order_by(sheet.cut.desc(), sheet.no.desc()).limit(1)).first()


def _freeze(
    session: Session,
    area: Area,
    cut: Cut,
    branch: str,
    scores: Sequence[Score],
    since: PointsSheet | None,
    no: int,
    actor: Actor,
) -> PointsSheet:
    now = current_site().now()
    elsewhere = totals_elsewhere(session, cut, [score.member.person_id for score in scores])
    before = elsewhere | totals_of(session, since.id if since else None)
    values = {
        score.member.person_id: found
        for score in scores
        if (found := values_of(score.found, cut.day)) is not None
    }
    lines = [
        line_of(score.member.public_id, values[score.member.person_id], _gain(score, values, before))
        for score in scores
    ]
    basis = _basis(session, scores, elsewhere, now)
    public_id = new_public_id()
    heading = {
        "id": public_id, "area": area.code, "branch": branch, "scheme": cut.scheme_id,
        "scheme_sha256": sha256_of(cut.publication.text), "period": cut.period, "cut": cut.day.isoformat(),
        "label": cut.label, "no": no, "since": since.public_id if since else "", "engine": ENGINE,
        "titles": list(cut.publication.scheme.category_titles.items()), "computed_at": now.isoformat(),
        "basis_sha256": sha256_of(basis),
    }  # fmt: skip
    text = sheet_text(heading, lines)
    sheet = PointsSheet(
        public_id=public_id,
        area_id=area.id,
        branch=branch,
        scheme_id=cut.scheme_id,
        publication_id=cut.publication.id,
        period=cut.period,
        cut=cut.day,
        label=cut.label,
        no=no,
        since_id=since.id if since else None,
        line_count=len(lines),
        waiting=sum(_waiting(score, cut.day) for score in scores),
        text=text,
        basis=basis,
        sha256=sha256_of(text),
        computed_at=now,
        computed_by=actor.label,
        computed_by_account=actor.account_id,
        state=COMPUTED,
    )
    session.add(sheet)
    session.flush()
    places = _places(session, scores, values)
    session.execute(
        insert(table_of(PointsSheetLine)),
        [
            {
                "sheet_id": sheet.id,
                "person_id": score.member.person_id,
                "total": values[score.member.person_id].total,
                "total_text": values[score.member.person_id].total_text,
                "gain": _gain(score, values, before),
                "credited": values[score.member.person_id].credited,
                "grade": values[score.member.person_id].grade,
                "categories": canonical(dict(values[score.member.person_id].categories)),
                "digest": values[score.member.person_id].digest,
                "place": places.get(score.member.person_id, 0),
            }
            for score in scores
        ],
    )
    return sheet


def _waiting(score: Score, last: date) -> int:
    """How many entries and awards up to the cut nobody has decided on."""
    member = score.member
    days = {fact.public_id: fact.local_date for fact in member.entries}
    days |= {str(event["id"]): date.fromisoformat(event["on"]) for event in member.events if event.get("on")}
    return sum(name in days and days[name] <= last for name in score.waiting)


def _gain(score: Score, values: Mapping[int, LineValues], before: Mapping[int, int]) -> int:
    person = score.member.person_id
    return values[person].total - before.get(person, 0)


def _basis(session: Session, scores: Iterable[Score], before: Mapping[int, int], now: datetime) -> str:
    """What the scores followed from and no log holds: the persons, their rows, what kinds counted as, and from which
    totals gains are counted for people whom the sheet before does not name."""
    members = [score.member for score in scores]
    rows = groups(session, [member.person_id for member in members])
    areas = sorted({member.area_id for member in members})
    rules = rules_by_area(session, areas)
    people = {
        score.member.public_id: {
            "person": dict(person_of(score, now)),
            "rows": sorted(rows[score.member.person_id]),
            "area": score.member.area_id,
            "before": before.get(score.member.person_id, 0),
        }
        for score in scores
    }
    mappings = {str(area): write_mapping(rules[area].mapping.rules) for area in areas}
    return canonical({"mappings": mappings, "people": people})


def _places(session: Session, scores: Iterable[Score], values: Mapping[int, LineValues]) -> dict[int, int]:
    """The row of each person on the notice: best total first, then by name; those not shown in public have none."""
    names = public_names(session, [score.member.person_id for score in scores])
    keys: dict[int, str] = {}
    for part in chunks(sorted(names)):
        rows = session.execute(select(Person.id, Person.sort_key).where(Person.id.in_(part)))
        keys.update((row[0], row[1]) for row in rows)
    ordered = sorted(names, key=lambda person: (-values[person].total, keys[person], person))
    return {person: place for place, person in enumerate(ordered, start=1)}


def note(
    session: Session, sheet: PointsSheet, outcome: str, actor: Actor, *, reason: str = "", ref: str = ""
) -> None:
    """Write down what became of a sheet."""
    session.add(
        PointsSheetEvent(
            sheet_id=sheet.id, area_id=sheet.area_id, outcome=outcome, reason=reason, ref=ref, actor=actor.label,
            account_id=actor.account_id, role=acting_role(session, actor, "publicity.publish", sheet.area_id),
            at=current_site().now(), chain_no=None, prev_sha256="", sha256="",
        )
    )  # fmt: skip
    sheet.state = outcome
    session.flush()


def held(session: Session, sheet: PointsSheet, *states: str) -> PointsSheet:
    """The sheet as it stands now, with its area locked; Problem wrong_state unless it is in one of ``states``."""
    lock_area(session, sheet.area_id)
    query = select(PointsSheet).where(PointsSheet.id == sheet.id).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).one()
    if found.state not in states:
        raise Problem(
            "wrong_state", N_("Somebody has taken this sheet further meanwhile. Look at it as it stands now.")
        )
    return found


def publish(
    session: Session, sheet: PointsSheet, days: int, actor: Actor, *, shown: str = "", replacing: str = ""
) -> Publicity:
    """Post a computed sheet for ``days`` working days; ``shown`` is the digest of what was previewed.

    Where an earlier number of the same cut is up or was confirmed, ``replacing`` says why this one takes its place.
    Raises Problem wrong_state, text_changed, open_objections, and as ``publish_notice`` does.
    """
    sheet = held(session, sheet, COMPUTED)
    check_intact(sheet)
    area = session.get_one(Area, sheet.area_id)
    earlier = _up_before(session, sheet)
    if any(marks.of_sheet(session, old).open for old in earlier):
        raise Problem(
            "open_objections",
            N_("An objection to the sheet that is up is open: it has to be answered first."),
        )
    posted = publish_notice(
        session, area, notice_of(session, area, sheet, days), actor, shown=shown, replacing=replacing
    )
    for old in earlier:
        if old.state == PUBLIC:
            note(
                session, old, REPLACED, actor, reason=clean_text(replacing)[:MAX_REASON], ref=posted.public_id
            )
    sheet.publicity_id = posted.id
    note(session, sheet, PUBLIC, actor, reason=clean_text(replacing)[:MAX_REASON], ref=posted.public_id)
    audit.write(
        session, actor, "points.sheet_published", "points_sheet", sheet.public_id, area_id=area.id,
        after={"sha256": sheet.sha256, "notice": posted.public_id},
    )  # fmt: skip
    return posted


def _up_before(session: Session, sheet: PointsSheet) -> list[PointsSheet]:
    same = PointsSheet
    query = select(same).where(
        same.area_id == sheet.area_id,
        same.scheme_id == sheet.scheme_id,
        same.period == sheet.period,
        same.cut == sheet.cut,
        same.branch == sheet.branch,
        same.no < sheet.no,
        same.state == PUBLIC,
    )
    return list(session.scalars(query.with_for_update()))


def discard(session: Session, sheet: PointsSheet, actor: Actor) -> None:
    """Set a sheet aside that was computed and not published; raises Problem wrong_state."""
    sheet = held(session, sheet, COMPUTED)
    note(session, sheet, REPLACED, actor)
    audit.write(
        session, actor, "points.sheet_discarded", "points_sheet", sheet.public_id, area_id=sheet.area_id,
        after={"state": REPLACED},
    )  # fmt: skip


def check_intact(sheet: PointsSheet) -> None:
    """Refuse a sheet whose stored text does not fit its hash: Problem text_changed."""
    heading: dict[str, Any] = json.loads(sheet.text)
    if sha256_of(sheet.text) != sheet.sha256 or sha256_of(sheet.basis) != heading.get("basis_sha256"):
        raise Problem(
            "text_changed", N_("The stored text does not fit its hash any more: tell your administrator.")
        )


def newest_no(session: Session, sheet: PointsSheet) -> int:
    """The highest number of the same cut."""
    same = PointsSheet
    query = select(func.max(same.no)).where(
        same.area_id == sheet.area_id,
        same.scheme_id == sheet.scheme_id,
        same.period == sheet.period,
        same.cut == sheet.cut,
        same.branch == sheet.branch,
        same.state != REPLACED,
    )
    return session.scalar(query) or sheet.no
