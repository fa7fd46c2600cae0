"""What the record adds to pages of the core: one's own star, a person's, and what waits in an area."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Card, Panel, Person, canonical_ids, current_site, format_hours

from . import cases, stars
from .models import ELIGIBLE, UNDER_REVIEW


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's own star, or the way to the first one."""
    kept = canonical_ids(session, [person.id])[person.id]
    held = stars.stars_of(session, [kept], current_site().today())[kept]
    progress = stars.progress_of(session, [kept]).get(kept, [])
    if not held and not any(one.minutes for one in progress):
        return ()
    coming = next((one for one in progress if one.next), None)
    note = (
        gettext("%(hours)s more hours until the next one", hours=format_hours(coming.missing))
        if coming
        else ""
    )
    if any(star.state == UNDER_REVIEW for star in held):
        note = gettext("Under review")
    value = "★" * held[0].level if held else gettext("No star yet")
    return (
        Card(
            title=gettext("My volunteer record"),
            value=value,
            note=note,
            endpoint="volunteer_record_me.record",
        ),
    )


def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """A person's stars, with the way to the whole record."""
    kept = canonical_ids(session, [person.id])[person.id]
    context = {
        "stars": stars.stars_of(session, [kept], current_site().today())[kept],
        "pid": person.public_id,
    }
    return (Panel(gettext("Volunteer service record"), "volunteer/record/panel.html", context),)


def dashboard_cards(session: Session, area: Area, actor: Actor) -> Sequence[Card]:
    """Disputes and complaints that wait, and stars to be given or under review; nothing where nothing waits."""
    cards = []
    waiting, late = cases.clock_in(session, area.id, current_site().today())
    if waiting:
        cards.append(
            Card(
                title=gettext("Disputes and complaints"),
                value=str(waiting),
                note=ngettext("%(num)s overdue", "%(num)s overdue", late) if late else "",
                endpoint="volunteer_record_sessions.open_cases",
                values={"state": "open"},
                permission="volunteer.record",
            )
        )
    by_state = stars.waiting_stars(session, area.id)
    if any(by_state.values()):
        state = UNDER_REVIEW if by_state[UNDER_REVIEW] else ELIGIBLE
        cards.append(
            Card(
                title=gettext("Stars to decide on"),
                value=str(sum(by_state.values())),
                note=gettext("%(count)s under review", count=by_state[UNDER_REVIEW])
                if by_state[UNDER_REVIEW]
                else "",
                endpoint="volunteer_record.index",
                values={"state": state},
                permission="volunteer.record",
            )
        )
    return cards
