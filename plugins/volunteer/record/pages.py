"""What the record adds to pages of the core: one's own star, a person's, and stars that wait in an area."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Card, Counts, Panel, Person, current_site, format_hours, groups

from . import stars
from .models import ELIGIBLE, UNDER_REVIEW


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's own star, or the way to the first one."""
    rows = groups(session, [person.id])
    kept = next(iter(rows))
    held = stars.stars_of(session, [kept], current_site().today(), rows)[kept]
    progress = stars.progress_of(session, [kept], rows).get(kept, [])
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
    rows = groups(session, [person.id])
    kept = next(iter(rows))
    held = stars.stars_of(session, [kept], current_site().today(), rows)[kept]
    context = {"stars": held, "pid": person.public_id}
    return (Panel(gettext("Volunteer service record"), "volunteer/record/panel.html", context),)


def dashboard_counts(area: Area) -> Counts:
    """Stars to be given, and under review."""
    return tuple(stars.counting(area.id, state).scalar_subquery() for state in (ELIGIBLE, UNDER_REVIEW))


def dashboard_cards(counts: Sequence[int]) -> Sequence[Card]:
    """Stars to be given or under review, where there are any; disputes stand among the objections of the core."""
    eligible, reviewed = counts
    if not eligible + reviewed:
        return ()
    return (
        Card(
            title=gettext("Stars to decide on"),
            value=str(eligible + reviewed),
            note=gettext("%(count)s under review", count=reviewed) if reviewed else "",
            endpoint="volunteer_record.index",
            values={"state": UNDER_REVIEW if reviewed else ELIGIBLE},
            permission="volunteer.record",
        ),
    )
