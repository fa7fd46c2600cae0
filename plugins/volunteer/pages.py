"""What the plugin adds to pages of the core: menu, cards, panel, and the effect that unconfirmed entries would have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Card,
    CountedCards,
    EntryDraft,
    Expected,
    MenuItem,
    Panel,
    Person,
    current_site,
    format_hours,
    waiting_count,
)

from . import queries
from .hours import ALL, periods_of
from .parts import PARTS
from .policies.words import FLAG_TEXTS as FLAG_TEXTS
from .queries import NAME

PANEL_ENTRIES = 10


def menu() -> Sequence[MenuItem]:
    """The area's pages."""
    return (
        MenuItem(N_("Volunteer hours"), "volunteer.hours", "volunteer.view", "clock-history"),
        MenuItem(N_("Hours ranking"), "volunteer.ranking", "volunteer.ranking", "trophy"),
        MenuItem(N_("Hours report"), "volunteer_reports.index", "volunteer.view", "bar-chart"),
        *PARTS.listed("menu"),
    )


def month_card(area: Area) -> CountedCards:
    """This month's hours of the area."""
    month = periods_of(current_site().today())[2]

    def card(numbers: Sequence[int | None]) -> Sequence[Card]:
        people, entries, minutes, waiting = (int(number or 0) for number in numbers)
        return (
            Card(
                title=gettext("Volunteer hours this month"),
                value=format_hours(minutes),
                note=gettext("%(people)d people, %(entries)d person-times", people=people, entries=entries),
                endpoint="volunteer_reports.index",
                values={"period": month},
                permission="volunteer.view",
                # A few people who wait do not hide what is known of the others; a zero is shown only when it is one.
                waiting=minutes == 0 and waiting > 0,
            ),
        )

    return CountedCards((*queries.counting_total(area, month), waiting_count(NAME, area.id)), card)


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's own hours: all of them large, this year's beside."""
    year = periods_of(current_site().today())[1]
    tallies = queries.own_balances(session, person.id, (ALL, year))
    waits = queries.waits(session, person.id)
    card = Card(
        title=gettext("My volunteer hours"),
        value=format_hours(tallies[ALL].minutes),
        note=gettext("%(hours)s hours without the latest entries", hours=format_hours(tallies[ALL].minutes))
        if waits
        else gettext("%(hours)s hours this year", hours=format_hours(tallies[year].minutes)),
        endpoint="volunteer.mine",
        waiting=waits,
    )
    return (card,)


def person_panels(session: Session, person: Person) -> Sequence[Panel]:
    """A person's hours and latest entries, for staff."""
    year = periods_of(current_site().today())[1]
    entries, count = queries.own_entries(session, person.id, limit=PANEL_ENTRIES)
    context = {
        "tallies": queries.own_balances(session, person.id, (ALL, year)),
        "year": year,
        "entries": entries,
        "count": count,
        "waits": queries.waits(session, person.id),
        "flag_texts": FLAG_TEXTS,
    }
    return (Panel(gettext("Volunteer hours"), "volunteer/person_panel.html", context),)


def expected_effect(session: Session, entries: Collection[int]) -> Mapping[int, str]:
    """ "2.50 hours" for each service entry that waits for its confirmation."""
    return {
        entry_id: gettext("%(hours)s hours", hours=format_hours(minutes))
        for entry_id, minutes in queries.expected_minutes(session, entries).items()
    }


def expected_of_drafts(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> Expected | None:
    """ "2.00 hours" for each draft of service, and their total rounded once; None when none of them is service."""
    minutes = queries.draft_minutes(session, area, drafts)
    if not minutes:
        return None
    words = {
        place: gettext("%(hours)s hours", hours=format_hours(number)) for place, number in minutes.items()
    }
    return Expected(words, gettext("%(hours)s hours", hours=format_hours(sum(minutes.values()))))


def period_text(period: str) -> str:
    """A stored period in the reader's words."""
    if period == ALL:
        return str(gettext("All time"))
    year, _, month = period.partition("-")
    if not month:
        return str(gettext("Year %(year)s", year=year))
    return str(gettext("%(year)s, month %(month)d", year=year, month=int(month)))


def waiting_note(waiting: int) -> str:
    """The sentence above a list whose figures are not complete; "" when they are."""
    if not waiting:
        return ""
    return str(
        ngettext(
            "The hours of %(num)d person are not computed from the latest entries yet.",
            "The hours of %(num)d people are not computed from the latest entries yet.",
            waiting,
        )
    )
