"""Forms of teams, alliances and projects."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField

from pointsys.plugin import Form, at_most, chosen_day, needed, optional

from ..words import CATEGORIES
from .membership import ROLES
from .models import VolunteerProject
from .projects import ProjectData
from .services import TeamData


class TeamForm(Form):
    """A team; the page fills the choices of area and parent."""

    area = SelectField(lazy_gettext("Area"), validate_choice=False)
    name = StringField(lazy_gettext("Name"), [needed(), at_most(60)])
    host = StringField(lazy_gettext("Organisation it belongs to"), [at_most(100)])
    parent = SelectField(lazy_gettext("Team above it"))
    about = TextAreaField(lazy_gettext("What it does"), [at_most(500)])
    founded_on = DateField(lazy_gettext("Founded on"), [optional()])
    open_to_join = BooleanField(lazy_gettext("Volunteers may ask to join"))
    issuer_eligible = BooleanField(lazy_gettext("Its organisation issues certificates of service"))
    organisation = StringField(lazy_gettext("Issuing organisation"), [at_most(100)])
    head = StringField(lazy_gettext("Head of the organisation"), [at_most(50)])
    handler = StringField(lazy_gettext("Who handles certificates"), [at_most(50)])
    contact = StringField(lazy_gettext("Contact on certificates"), [at_most(100)])

    def fill(self, data: TeamData, parent: str) -> None:
        """Show a team as it stands; ``parent`` is the outside id of the team above it."""
        for key in ("name", "host", "about", "founded_on", "open_to_join", "issuer_eligible", "organisation",
                    "head", "handler", "contact"):  # fmt: skip
            self[key].data = getattr(data, key)
        self.parent.data = parent

    def data_of(self, parent: int | None) -> TeamData:
        """What was filled in, under the team with this id."""
        return TeamData(
            name=self.name.data or "", host=self.host.data or "", about=self.about.data or "", parent=parent,
            open_to_join=bool(self.open_to_join.data), issuer_eligible=bool(self.issuer_eligible.data),
            organisation=self.organisation.data or "", head=self.head.data or "", handler=self.handler.data or "",
            contact=self.contact.data or "", founded_on=self.founded_on.data,
        )  # fmt: skip


class AboutForm(Form):
    """What a leader may say of the own team."""

    about = TextAreaField(lazy_gettext("What it does"), [at_most(500)])
    open_to_join = BooleanField(lazy_gettext("Volunteers may ask to join"))


class MembersForm(Form):
    """People to take in, by name."""

    names = TextAreaField(lazy_gettext("Names"), [at_most(5_000)])
    role = SelectField(lazy_gettext("Role"))
    joined_on = DateField(lazy_gettext("From this day on"), [needed()])

    def offer(self) -> None:
        """Fill the choices, plain members first."""
        self.role.choices = [(key, gettext(text)) for key, text in reversed(ROLES.items())]


class AllianceForm(Form):
    """An alliance."""

    name = StringField(lazy_gettext("Name"), [needed(), at_most(60)])
    about = TextAreaField(lazy_gettext("What it is for"), [at_most(500)])


class ProjectForm(Form):
    """A project; the page fills the choices of teams where it has any."""

    team = SelectField(lazy_gettext("Team"))
    code = StringField(lazy_gettext("Code"), [needed(), at_most(30)])
    title = StringField(lazy_gettext("Title"), [needed(), at_most(100)])
    category = SelectField(lazy_gettext("Category"))
    from_on = DateField(lazy_gettext("From"), [needed()])
    to_on = DateField(lazy_gettext("To"), [optional()])
    about = TextAreaField(lazy_gettext("What it is for"), [at_most(500)])

    def offer(self) -> None:
        """Fill the choices of categories."""
        self.category.choices = [(key, gettext(text)) for key, text in CATEGORIES.items()]

    def fill(self, project: VolunteerProject) -> None:
        """Show a project as it stands."""
        for key in ("code", "title", "category", "from_on", "to_on", "about"):
            self[key].data = getattr(project, key)

    def content(self) -> ProjectData:
        """What was filled in."""
        return ProjectData(
            self.code.data or "", self.title.data or "", self.category.data or "", chosen_day(self.from_on),
            self.to_on.data, self.about.data or "",
        )  # fmt: skip
