"""How many working days notices of an area are up, and how many its staff have for objections and requests."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import IntegerField, validators

from pointsys.core.areas.models import Area
from pointsys.core.objections import services as objections
from pointsys.core.privacy import requests
from pointsys.core.publicity import services as publicity
from pointsys.core.settings import get_settings, set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_
from pointsys.kit.publicity import MOST_DAYS
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.forms import Form, optional
from pointsys.web.frame import flash_done, show

blueprint = Blueprint("deadlines", __name__)


def _whole_days(most: int = MOST_DAYS) -> validators.NumberRange:
    message = lazy_gettext("Give a number from 1 to %(max)s.")
    return validators.NumberRange(1, most, message)


class DeadlinesForm(Form):
    """Working days; blank for what is usual."""

    publicity = IntegerField(lazy_gettext("Working days a notice is up"), [optional(), _whole_days()])
    answers = IntegerField(lazy_gettext("Working days to answer an objection"), [optional(), _whole_days()])
    requests = IntegerField(
        lazy_gettext("Working days to answer what people ask about their data"),
        [optional(), _whole_days(requests.DAYS)],
    )


@blueprint.route("/a/<code>/settings/deadlines", methods=("GET", "POST"))
@area_scope("settings.edit")
def edit(code: str) -> Response | tuple[str, int]:
    """Set the days for the area and those below it; what hangs or runs already keeps its own."""
    form, area_id = DeadlinesForm(), current_area().id
    keys = {
        publicity.DAYS: form.publicity,
        objections.DAYS: form.answers,
        requests.ANSWER_DAYS: form.requests,
    }
    with read_scope() as session:
        rules = get_settings(session, area_id, keys)
    if form.validate_on_submit():
        with unit_of_work() as session:
            require_again(session, "settings.edit", area_id)
            area = session.get_one(Area, area_id)
            for key, field in keys.items():
                if field.data != rules.get(key):
                    set_setting(session, area, key, field.data, current_actor())
        flash_done(N_("The settings are kept."))
        return redirect(url_for("deadlines.edit", code=code), 303)
    if not form.is_submitted():
        for key, field in keys.items():
            days = rules.get(key)
            field.data = days if isinstance(days, int) else None
    return show("objections/deadlines.html", 422 if form.errors else 200, form=form)
