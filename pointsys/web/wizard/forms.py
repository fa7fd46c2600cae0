"""The forms of the wizard's steps. What a value means is decided in ``pointsys.core.setup.plan``, also on applying."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField

from pointsys.core.areas.codes import LEVEL_TITLES
from pointsys.core.setup.plan import (
    AUDIT,
    DEMO,
    EMPTY,
    NOBODY,
    NONE,
    PASTE,
    POSTS,
    ROOT_LEVELS,
    SECURITY,
    SYSTEM,
    TEMPLATE,
    WORKER,
    field_of,
)
from pointsys.core.setup.tree import template_levels
from pointsys.core.site import current_site
from pointsys.kit.problems import N_
from pointsys.web.forms import Form
from pointsys.web.wizard.frame import State

POST_TITLES = {
    SYSTEM: N_("System administrator"),
    SECURITY: N_("Security administrator"),
    AUDIT: N_("Audit administrator"),
    WORKER: N_("Community worker"),
}
POST_TEXTS = {
    SYSTEM: N_("Keeps areas, plugins, settings and backups. Sees no personal data."),
    SECURITY: N_("Gives accounts and roles. Sees no personal data."),
    AUDIT: N_("Reads the log of what was done. Changes nothing."),
    WORKER: N_("Does the daily work: people, activities, points, public notices."),
}


class UnitForm(Form):
    """The root area and the unit."""

    code = StringField(lazy_gettext("Code of your area"))
    level = SelectField(lazy_gettext("Level"), validate_choice=False)
    name = StringField(lazy_gettext("Name of your area"))
    unit_name = StringField(lazy_gettext("Unit name on printed papers"))
    seal_text = StringField(lazy_gettext("Text where the seal goes"))
    phone = StringField(lazy_gettext("Supervision phone"))


class AreasForm(Form):
    """The areas below: from a template, pasted, or none yet."""

    how = RadioField(lazy_gettext("How to begin"), validate_choice=False)
    subdistrict = StringField(lazy_gettext("Sub-districts"))
    community = StringField(lazy_gettext("Communities in each"))
    grid = StringField(lazy_gettext("Grids in each community"))
    text = TextAreaField(lazy_gettext("One area a line"))


class PeopleForm(Form):
    """Four posts, each a name and a sign-in name; and who sits at the screen."""

    system_name = StringField(lazy_gettext("Name"))
    system_login = StringField(lazy_gettext("Sign-in name"))
    security_name = StringField(lazy_gettext("Name"))
    security_login = StringField(lazy_gettext("Sign-in name"))
    audit_name = StringField(lazy_gettext("Name"))
    audit_login = StringField(lazy_gettext("Sign-in name"))
    worker_name = StringField(lazy_gettext("Name"))
    worker_login = StringField(lazy_gettext("Sign-in name"))
    runner = SelectField(lazy_gettext("Which of them are you?"), validate_choice=False)


class PluginsForm(Form):
    """Which plugins are on."""

    plugins = SelectMultipleField(lazy_gettext("Plugins"), validate_choice=False)


class DataForm(Form):
    """An empty site or a demonstration."""

    data = RadioField(lazy_gettext("Data"), validate_choice=False)


def unit_form(values: dict[str, object], state: State) -> Form:
    """The form of the first step."""
    form = UnitForm(data=values)
    form.level.choices = [(level, gettext(LEVEL_TITLES[level])) for level in ROOT_LEVELS]
    if state.known is not None:
        del form.code, form.level, form.name
    return form


def areas_form(values: dict[str, object], root_level: str) -> Form:
    """The form of the second step, with the counts that a template below ``root_level`` needs."""
    form = AreasForm(data=values)
    levels = template_levels(root_level)
    form.how.choices = [
        *([(TEMPLATE, gettext("From a template"))] if levels else []),
        (PASTE, gettext("Paste a list")),
        (NONE, gettext("None yet: add them later")),
    ]
    for level in ("subdistrict", "community", "grid"):
        if level not in levels:
            del form[level]
    return form


def people_form(values: dict[str, object]) -> Form:
    """The form of the third step."""
    form = PeopleForm(data=values)
    form.runner.choices = [
        *((post, gettext(POST_TITLES[post])) for post in POSTS),
        (NOBODY, gettext("None of them")),
    ]
    return form


def scheme_form(values: dict[str, object], state: State) -> Form:
    """The form of the fourth step: a choice for each question of a plugin."""
    asked = {field_of(name, one.key): one for name, choices in state.choices.items() for one in choices}
    fields = {
        name: RadioField(
            gettext(one.title), description=gettext(one.text) if one.text else "", validate_choice=False
        )
        for name, one in asked.items()
    }
    form: Form = type("SchemeForm", (Form,), fields)(data=values)
    for name, one in asked.items():
        form[name].choices = [(option.value, gettext(option.title)) for option in one.options]
        form[name].render_kw = {
            "texts": {option.value: gettext(option.text) if option.text else "" for option in one.options}
        }
    return form


def plugins_form(values: dict[str, object]) -> Form:
    """The form of the fifth step."""
    form = PluginsForm(data=values)
    infos = current_site().host.plugins.values()
    form.plugins.choices = [(info.name, gettext(info.title)) for info in infos]
    form.plugins.render_kw = {
        "texts": {info.name: gettext(info.summary) if info.summary else "" for info in infos}
    }
    return form


def data_form(values: dict[str, object], state: State) -> Form:
    """The form of the sixth step."""
    form = DataForm(data=values)
    form.data.choices = [(EMPTY, gettext("Empty, for real work"))]
    if state.demo_possible:
        form.data.choices.append((DEMO, gettext("A demonstration to look around in")))
    form.data.render_kw = {
        "texts": {
            EMPTY: gettext("Nobody and nothing in it yet; the first page leads you through the beginning."),
            DEMO: gettext(
                "A fictional sub-district with 2,000 people and twelve months takes the place of your area and the "
                "areas below it. Your people in charge are kept. It cannot be turned into a real site later."
            ),
        }
    }
    return form
