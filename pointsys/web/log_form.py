"""The form of the quick record: what happened, read and checked, and the drafts that it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from wtforms import (
    DateField,
    MultipleFileField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)

from pointsys.core.activity_log.drafts import EntryDraft
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.recent import Known
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import current_area
from pointsys.web.forms import Form, at_most, chosen_day, needed, optional

OTHER = "other"
MAX_PHOTOS = 6


class EntryForm(Form):
    """What happened; times, or hours when nobody noted the times."""

    kind = SelectField(lazy_gettext("Kind"), [needed()])
    other_kind = StringField(lazy_gettext("Another kind"), [optional(), at_most(60)])
    title = StringField(lazy_gettext("Activity"), [needed(), at_most(200)])
    day = DateField(lazy_gettext("Date"), [needed()])
    start = TimeField(lazy_gettext("Start"), [optional()])
    end = TimeField(lazy_gettext("End"), [optional()])
    hours = StringField(lazy_gettext("or hours"), [optional(), at_most(10)])
    organiser = StringField(lazy_gettext("Organiser"), [optional(), at_most(100)])
    place = StringField(lazy_gettext("Place"), [optional(), at_most(200)])
    note = StringField(lazy_gettext("Note"), [optional(), at_most(500)])
    names = TextAreaField(lazy_gettext("Names"), [optional(), at_most(20_000)])
    photos = MultipleFileField(lazy_gettext("Photos"), [optional()])

    # The services name their fields; these are the ones that are called otherwise here.
    ALIASES = {"date": "day", "quantity": "hours", "person": "names"}  # noqa: RUF012 - WTForms reads class attributes

    def refuse(self, problem: Problem) -> None:
        """Show a refusal at the field that is meant."""
        field = self.ALIASES.get(problem.field or "", problem.field)
        super().refuse(Problem(problem.code, problem.message, field=field, **problem.params))

    def offer_kinds(self, session: Session) -> None:
        """Fill the choice of kinds with those that are known in the page's area."""
        kinds = kinds_for(session, current_area().id).values()
        self.kind.choices = [(kind.code, kind.title) for kind in kinds] + [(OTHER, gettext("another kind …"))]

    def start_from(self, known: Known, day: date) -> None:
        """Begin with what is known of an activity, on ``day``."""
        local = current_site().local
        self.kind.data = known.kind
        self.title.data, self.day.data = known.title, day
        self.organiser.data, self.place.data = known.organiser, known.place
        self.start.data = local(known.starts_at).time() if known.starts_at else None
        self.end.data = local(known.ends_at).time() if known.ends_at else None


@dataclass(frozen=True)
class What:
    """What the form says happened, read and checked."""

    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    quantity: int | None


def read_what(form: EntryForm) -> What:
    """The day with instants or a quantity in hundredths of an hour; raises Problem."""
    day = chosen_day(form.day)
    start: time | None = form.start.data
    end: time | None = form.end.data
    zone = current_site().timezone
    hours = (form.hours.data or "").strip()
    if form.kind.data == OTHER and not (form.other_kind.data or "").strip():
        raise Problem("bad_kind", N_("Name the kind of activity."), field="other_kind")
    if start is None and end is None and not hours:
        raise Problem("no_time", N_("Give start and end, or the hours."), field="start")
    if (start or end) and hours:
        raise Problem("two_times", N_("Give either start and end, or the hours."), field="hours")
    return What(
        day,
        datetime.combine(day, start, zone) if start else None,
        datetime.combine(day, end, zone) if end else None,
        _hundredths(hours) if hours else None,
    )


def _hundredths(text: str) -> int:
    try:
        hours = Decimal(normalise_text(text))
        hundredths = hours * 100
        fits = 0 < hours <= 24 and hundredths == int(hundredths)
    except (InvalidOperation, ValueError, OverflowError):
        fits = False
    if not fits:
        raise Problem(
            "bad_hours", N_("Write the hours as a number up to 24, such as 2 or 1.5."), field="hours"
        )
    return int(hundredths)


def drafts_of(form: EntryForm, what: What, kind_id: int, people: Sequence[Person]) -> list[EntryDraft]:
    """One draft for each of ``people``."""
    return [
        EntryDraft(
            person.id,
            kind_id,
            form.title.data or "",
            what.day,
            starts_at=what.starts_at,
            ends_at=what.ends_at,
            quantity=what.quantity,
            unit="hour" if what.quantity is not None else None,
            note=form.note.data or "",
            organiser=form.organiser.data or "",
            place=form.place.data or "",
        )
        for person in people
    ]


def clock_of(instant: datetime | None) -> str:
    """A local clock time as a time field takes it."""
    return current_site().local(instant).strftime("%H:%M") if instant else ""


def usual_day(known: Known) -> date:
    """Today for something that is repeated, its own day for something planned that nobody is on record for."""
    today = current_site().today()
    return min(known.local_date, today + timedelta(days=1)) if known.planned else today
