"""What the plugin adds to pages of the core: menu, cards, panel, and the effect that unconfirmed entries would have."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    PENDING,
    Actor,
    Area,
    Card,
    Entry,
    EntryDraft,
    Expected,
    MenuItem,
    Panel,
    Person,
    canonical_ids,
    chunks,
    current_site,
    enabled_by_area,
    waiting_in,
)

from . import own, services, sheets
from .claims.counts import claims_waiting, open_own
from .ledger.queries import awards_waiting
from .models import PointsResult
from .schemes import NAME, asked_sheet, rules_of

STATUS_TITLES: Mapping[str, str] = {
    "member": N_("Party member"),
    "probationary": N_("Probationary Party member"),
}


def menu() -> Sequence[MenuItem]:
    """The area's pages."""
    return (
        MenuItem(
            N_("Party members"), "points_members.index", "points.view", "flag", also=("points_overtime",)
        ),
        MenuItem(N_("Points ranking"), "points.ranking", "points.ranking", "award"),
        MenuItem(N_("Points sheet"), "points.sheet", "points.view", "table"),
        MenuItem(
            N_("Scoring scheme"),
            "points.scheme",
            "points.view",
            "file-earmark-text",
            also=("points_editor", "points_editor_edit", "points_editor_trial", "points_published"),
        ),
    )


def dashboard_cards(session: Session, area: Area) -> Sequence[Card]:
    """How many members belong here, and what they have on average in the present period."""
    asked = asked_sheet(rules_of(session, area.id), "", current_site().today())
    members, scored, average, claims = sheets.overview_and(
        session, area.id, asked.scheme_id, asked.period, *claims_waiting(area.id), awards_waiting(area.id)
    )
    note = gettext("no scheme is published yet")
    if asked.publication is not None:
        note = gettext("nobody has points in %(period)s yet", period=asked.period)
    if average is not None:
        note = gettext(
            "%(average)s points on average in %(period)s",
            average=f"{average // 100}.{average % 100:02d}",
            period=asked.period,
        )
    card = Card(
        title=gettext("Party members"),
        value=str(members),
        note=note,
        endpoint="points_members.index",
        permission="points.view",
        waiting=members > 0 and scored == 0 and waiting_in(session, NAME, area.id) > 0,
    )
    cards = [card]
    proposed = claims.pop()
    if proposed:
        cards.append(
            Card(
                title=gettext("Awards and deductions"),
                value=str(proposed),
                note=gettext("wait for the next step"),
                endpoint="points_awards.index",
                values={"queue": "waiting"},
                permission="points.verify",
            )
        )
    if not any(claims):
        return cards
    waiting = Card(
        title=gettext("Claims of members"),
        value=str(sum(claims)),
        note=gettext("%(verify)s to verify, %(confirm)s to confirm", verify=claims[0], confirm=claims[1]),
        endpoint="points_claims.index",
        values={"state": "waits"},
        permission="points.verify",
    )
    return (*cards, waiting)


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's own points of the newest period; nothing for people who are not members."""
    member = own.member_view(session, person.id)
    if member is None:
        return ()
    score = member.score("")
    note = gettext("no points are computed yet")
    if score is not None:
        parts = (score.period, score.grade or "")
        note = " · ".join(part for part in parts if part)
    card = Card(
        title=gettext("My points"),
        value=score.total if score and score.total else "–",
        note=note,
        endpoint="points.mine",
        waiting=member.waits or score is None or score.old,
    )
    return (card, _claims_card(open_own(session, member.person_id)))


def _claims_card(states: Mapping[str, int]) -> Card:
    """One's own claims: what waits for oneself first, then what waits for others."""
    returned, drafts = states.get("returned", 0), states.get("draft", 0)
    waits = states.get("submitted", 0) + states.get("verified", 0)
    note = gettext("claim what nobody recorded")
    if returned:
        note = gettext("%(n)s returned to you", n=returned)
    elif drafts:
        note = gettext("%(n)s not handed in yet", n=drafts)
    elif waits:
        note = gettext("others look at them")
    return Card(gettext("My claims"), str(waits + returned + drafts), note, "points_own_claims.index")


def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """Membership and scores of a person, for staff."""
    member = own.member_view(session, person.id)
    context = {"member": member, "pid": person.public_id, "status_titles": STATUS_TITLES}
    return (Panel(gettext("Party member"), "points/person_panel.html", context),)


def expected_effect(session: Session, entries: Collection[int]) -> Mapping[int, str]:
    """ "+2.00 points" for each waiting entry that the scheme counts, as computed with the person's last score."""
    waiting = [
        row
        for part in chunks(sorted(entries))
        for row in session.execute(
            select(Entry.id, Entry.public_id, Entry.person_id, Entry.person_area_id).where(
                Entry.id.in_(part), Entry.status == PENDING
            )
        )
    ]
    if not waiting:
        return {}
    on = enabled_by_area(session, {row[3] for row in waiting})
    wanted = {row[1]: row[0] for row in waiting if NAME in on[row[3]]}
    people = set(canonical_ids(session, {row[2] for row in waiting}).values())
    result: dict[int, str] = {}
    for part in chunks(sorted(people)):
        details = session.scalars(select(PointsResult.detail).where(PointsResult.person_id.in_(part)))
        for detail in details:
            expected = json.loads(detail).get("expected") or {}
            effect = (
                N_("%(points)s points; the total stays, as a cap is reached")
                if expected.get("total_stays")
                else N_("%(points)s points")
            )
            for public_id, points in expected.get("credited", {}).items():
                if public_id in wanted:
                    result[wanted[public_id]] = gettext(effect, points=signed(points))
    return result


def expected_of_drafts(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> Expected | None:
    """ "+2.00 points" for each draft that the scheme counts, and all together; None when it counts none."""
    credited = services.credited_of_drafts(session, area, drafts)
    if not credited:
        return None
    words = {
        place: gettext(
            N_("%(points)s points; the total stays, as a cap is reached")
            if stays
            else N_("%(points)s points"),
            points=signed(points),
        )
        for place, (points, stays) in credited.items()
    }
    total = sum((Decimal(points) for points, stays in credited.values() if not stays), Decimal(0))
    return Expected(words, gettext("%(points)s points", points=signed(str(total))))


def signed(points: str) -> str:
    """Points with their sign: "2.00" -> "+2.00"."""
    return points if points.startswith("-") else f"+{points}"


def waiting_note(count: int) -> str:
    """The sentence above a list whose figures are not complete; "" when they are."""
    if not count:
        return ""
    return str(
        ngettext(
            "The points of %(num)d person are not computed from the latest entries yet.",
            "The points of %(num)d people are not computed from the latest entries yet.",
            count,
        )
    )


def as_number(points: str) -> int | str | None:
    """Printed points as hundredths, so that a file holds numbers; a text that is none stays one."""
    if not points:
        return None
    try:
        hundredths = Decimal(points.replace(",", "")) * 100
    except ArithmeticError:
        return points
    return int(hundredths) if hundredths == int(hundredths) else points
