"""The page of an area that anybody may read, and the settings that decide what stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, redirect, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, StringField

from pointsys.core import public_page
from pointsys.core.areas.models import Area, subtree
from pointsys.core.areas.services import children_of, path_to_code, renamed_code
from pointsys.core.publicity.services import current_public
from pointsys.core.settings import get_setting_by_area, set_setting
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import slots
from pointsys.web.access import area_scope, current_actor, current_area, public, require_again
from pointsys.web.forms import Form, at_most, optional
from pointsys.web.frame import flash_done, show
from pointsys.web.public_frame import show_unlisted

blueprint = Blueprint("public", __name__)

MOST_ACTIVITIES = 20
MOST_NOTICES = 20
View = Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@dataclass(frozen=True)
class Step:
    """An area above or below that has a public page too."""

    code: str
    name: str


@blueprint.get("/public/<code>/")
@public
def area(code: str) -> View:
    """Notices, what is to come, rankings of those who agreed, and whom to call."""
    with read_scope() as session:
        path = path_to_code(session, code)
        moved_to = renamed_code(session, code) if not path else None
        if moved_to is not None:
            path = path_to_code(session, moved_to)
        here = path[-1] if path else None
        if here is None or here.closed_on is not None:
            abort(404)
        settings = public_page.public_settings(session, here.id)
        if not settings.page:
            abort(404)
        if moved_to is not None:
            return redirect(url_for("public.area", code=moved_to), 301)
        today = current_site().today()
        above, below = _others(session, path[:-1], children_of(session, here.id))
        return show_unlisted(
            "public/area.html",
            area=here,
            above=above,
            below=below,
            notices=current_public(session, here.id, MOST_NOTICES),
            settings=settings,
            activities=_upcoming(session, here, today) if settings.activities else (),
            blocks=slots.public_blocks(session, here),
            today=today,
        )


def _upcoming(session: Session, here: Area, today: date) -> list[public_page.Upcoming]:
    return list(public_page.upcoming(session, subtree(here.id), today, limit=MOST_ACTIVITIES))


def _others(session: Session, above: list[Area], below: list[Area]) -> tuple[list[Step], list[Step]]:
    """Those that have a public page, in one statement for all."""
    shown = get_setting_by_area(session, [area.id for area in (*above, *below)], public_page.PAGE)

    def steps(areas: list[Area]) -> list[Step]:
        return [Step(a.code, a.name) for a in areas if shown.get(a.id, public_page.DEFAULTS.page) is True]

    return steps(above), steps(below)


class SettingsForm(Form):
    """What stands on the public page."""

    page = BooleanField(lazy_gettext("The area has a public page"))
    activities = BooleanField(lazy_gettext("Show activities that are to come"))
    ranking = BooleanField(lazy_gettext("Show rankings"))
    top = IntegerField(lazy_gettext("How many a ranking names"), [optional()])
    phone = StringField(lazy_gettext("Phone for questions and complaints"), [optional(), at_most(40)])

    def chosen(self) -> dict[str, object]:
        """The values by key; raises Problem bad_top."""
        top = public_page.DEFAULTS.top if self.top.data is None else self.top.data
        if not 1 <= top <= public_page.MOST_ON_TOP:
            raise Problem(
                "bad_top", N_("Give a number from 1 to %(most)s."), field="top", most=public_page.MOST_ON_TOP
            )
        return {
            public_page.PAGE: bool(self.page.data),
            public_page.ACTIVITIES: bool(self.activities.data),
            public_page.RANKING: bool(self.ranking.data),
            public_page.TOP: top,
            public_page.PHONE: (self.phone.data or "").strip(),
        }


@blueprint.route("/a/<code>/settings/public", methods=["GET", "POST"])
@area_scope("settings.edit")
def settings(code: str) -> View:
    """Decide what strangers see of the area and those below it."""
    form, area_id = SettingsForm(), current_area().id
    if form.validate_on_submit():
        try:
            chosen = form.chosen()
            with unit_of_work() as session:
                require_again(session, "settings.edit", area_id)
                _keep(session, session.get_one(Area, area_id), chosen)
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The settings are kept."))
            return redirect(url_for("public.settings", code=code), 303)
    elif not form.is_submitted():
        with read_scope() as session:
            found = public_page.public_settings(session, area_id)
        form.page.data, form.activities.data, form.ranking.data = found.page, found.activities, found.ranking
        form.top.data, form.phone.data = found.top, found.phone
    return show("public/settings.html", 422 if form.errors or form.problems else 200, form=form)


def _keep(session: Session, area: Area, chosen: dict[str, object]) -> None:
    """Set what differs from what rules here, so that values from above go on coming from there."""
    rules = public_page.public_settings(session, area.id)
    before = {
        public_page.PAGE: rules.page,
        public_page.ACTIVITIES: rules.activities,
        public_page.RANKING: rules.ranking,
        public_page.TOP: rules.top,
        public_page.PHONE: rules.phone,
    }
    for key, value in chosen.items():
        if value != before[key]:
            set_setting(session, area, key, value, current_actor())
