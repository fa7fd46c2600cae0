"""Forms that plan what looks for volunteers: the activity, what it asks, and its shifts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from flask import request
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)

from pointsys.plugin import (
    N_,
    Form,
    Plan,
    Problem,
    at_most,
    chosen_day,
    current_site,
    needed,
    optional,
)

from ..teams.models import VolunteerProject, VolunteerTeam
from ..words import CATEGORIES
from .models import AUDIENCES
from .planning import Terms
from .rules import Shift
from .words import AUDIENCES as AUDIENCE_WORDS

SHIFT_ROWS = 4
USUAL_PLACES = 10


class TermsForm(Form):
    """What an activity asks and tells."""

    team = SelectField(lazy_gettext("Team"), [optional()])
    project = SelectField(lazy_gettext("Project"), [optional()])
    category = SelectField(lazy_gettext("Field of service"), [optional()])
    audience = SelectField(lazy_gettext("Who finds it"), [needed()])
    about = TextAreaField(lazy_gettext("What people read"), [optional(), at_most(1_000)])
    contact = StringField(lazy_gettext("Contact, for those who sign up"), [optional(), at_most(100)])
    needs_approval = BooleanField(lazy_gettext("Somebody approves each sign-up"))
    sign_up_hours = IntegerField(lazy_gettext("Sign-up ends so many hours before the shift"), [optional()])
    cancel_hours = IntegerField(lazy_gettext("Taking back ends so many hours before"), [optional()])
    min_age = IntegerField(lazy_gettext("Least age"), [optional()])
    hazardous = BooleanField(lazy_gettext("Dangerous work: adults only"))
    guardian_present = BooleanField(lazy_gettext("Guardians stay with the children all the time"))
    insurance_required = BooleanField(lazy_gettext("Accident insurance needed"))
    on_duty_excluded = BooleanField(lazy_gettext("Not for those whose work here it is"))
    qualification = StringField(lazy_gettext("Training needed"), [optional(), at_most(60)])

    def offer(self, teams: Sequence[VolunteerTeam], projects: Sequence[VolunteerProject]) -> None:
        """Fill the choices."""
        self.team.choices = [("", gettext("No team")), *((team.public_id, team.name) for team in teams)]
        self.project.choices = [
            ("", gettext("No project")),
            *((one.public_id, one.title) for one in projects),
        ]
        self.category.choices = [
            ("", gettext("Not given")),
            *((key, gettext(text)) for key, text in CATEGORIES.items()),
        ]
        self.audience.choices = [(key, gettext(AUDIENCE_WORDS[key])) for key in AUDIENCES]

    def start(self, terms: Terms, team: VolunteerTeam | None, project: VolunteerProject | None) -> None:
        """Show what is asked now."""
        for name in Terms.__dataclass_fields__:
            if name in self._fields:
                self._fields[name].data = getattr(terms, name)
        self.team.data = team.public_id if team else ""
        self.project.data = project.public_id if project else ""

    def terms(
        self, session: Session, teams: Sequence[VolunteerTeam], projects: Sequence[VolunteerProject]
    ) -> Terms:
        """What was asked for, of the teams and projects that were offered."""
        return Terms(
            team_id=next((team.id for team in teams if team.public_id == self.team.data), None),
            project_id=next((one.id for one in projects if one.public_id == self.project.data), None),
            category=self.category.data or "",
            audience=self.audience.data or "",
            needs_approval=bool(self.needs_approval.data),
            hazardous=bool(self.hazardous.data),
            min_age=self.min_age.data,
            guardian_present=bool(self.guardian_present.data),
            insurance_required=bool(self.insurance_required.data),
            qualification=self.qualification.data or "",
            on_duty_excluded=bool(self.on_duty_excluded.data),
            sign_up_hours=self.sign_up_hours.data or 0,
            cancel_hours=self.cancel_hours.data or 0,
            about=self.about.data or "",
            contact=self.contact.data or "",
        )


class PlanForm(TermsForm):
    """A new activity, on one day or weekly, with what it asks."""

    title = StringField(lazy_gettext("Activity"), [needed(), at_most(200)])
    kind = SelectField(lazy_gettext("Kind"), [needed()])
    day = DateField(lazy_gettext("Date"), [needed()])
    start_at = TimeField(lazy_gettext("Planned start"), [needed()])
    end_at = TimeField(lazy_gettext("Planned end"), [needed()])
    break_minutes = IntegerField(lazy_gettext("Break in minutes"), [optional()])
    place = StringField(lazy_gettext("Place"), [optional(), at_most(200)])
    organiser = StringField(lazy_gettext("Organiser"), [optional(), at_most(100)])
    weeks = IntegerField(lazy_gettext("Weeks in a row"), [optional()])

    def refuse(self, problem: Problem) -> None:
        """Show a refusal at the field that is meant."""
        names = {"date": "day", "start": "start_at", "end": "end_at"}
        name = names.get(problem.field or "", problem.field)
        super().refuse(Problem(problem.code, problem.message, field=name, **problem.params))

    def window(self) -> Plan:
        """The planned times; an end before the start is the next morning's."""
        zone, day = current_site().timezone, chosen_day(self.day)
        assert self.start_at.data is not None
        assert self.end_at.data is not None
        starts_at = datetime.combine(day, self.start_at.data, zone)
        ends_at = datetime.combine(day, self.end_at.data, zone)
        if ends_at < starts_at and day < date.max:
            ends_at += timedelta(days=1)
        return Plan(
            starts_at,
            ends_at,
            self.break_minutes.data or 0,
            self.organiser.data or "",
            self.place.data or "",
        )

    def shifts(self) -> list[Shift]:
        """The shifts that were typed; without any, the whole time is one."""
        assert self.start_at.data is not None
        assert self.end_at.data is not None
        start, end = self.start_at.data, self.end_at.data
        typed = [_typed(number, start, end) for number in range(1, SHIFT_ROWS + 1)]
        found = [shift for shift in typed if shift is not None]
        return found or [Shift(gettext("Volunteer"), start, end, USUAL_PLACES)]


def _typed(number: int, start: time, end: time) -> Shift | None:
    """One line of the shifts: blank times are the activity's; None for a line that is blank."""
    role, places = (request.form.get(f"{name}-{number}", "").strip() for name in ("role", "places"))
    if not role and not places:
        return None
    return Shift(
        role or gettext("Volunteer"),
        parse_clock(request.form.get(f"from-{number}", "")) or start,
        parse_clock(request.form.get(f"to-{number}", "")) or end,
        parse_places(places) if places else USUAL_PLACES,
    )


def parse_clock(text: str) -> time | None:
    """A local time as a time field sends it, None for a blank one; raises Problem bad_time."""
    if not text.strip():
        return None
    try:
        found = time.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise Problem("bad_time", N_("Write the time as 09:30."), field="start")
    return found


def parse_places(text: str) -> int:
    """A number of places; what is no number becomes 0, which every shift refuses."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
