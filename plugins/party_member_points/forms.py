"""The form of a member."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, SelectField, StringField

from pointsys.plugin import Form, at_most, needed, optional

from .checkins.posts import POSTS
from .columns import MEMBER, NONE, PROBATIONARY


class MemberForm(Form):
    """Status, check-in, last day, branch and home unit of one member."""

    political_status = SelectField(lazy_gettext("Membership"))
    checkin_on = DateField(lazy_gettext("Day of check-in"), [needed()])
    checkin_known = BooleanField(lazy_gettext("This day is known for certain"))
    left_on = DateField(lazy_gettext("Last day as a member here"), [optional()])
    branch = StringField(lazy_gettext("Party branch"), [at_most(100)])
    home_unit = StringField(lazy_gettext("Home unit"), [at_most(100)])
    post = SelectField(lazy_gettext("Post in the branch"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.political_status.choices = [
            (MEMBER, gettext("Party member")),
            (PROBATIONARY, gettext("Probationary Party member")),
            (NONE, gettext("Not a Party member")),
        ]
        self.post.choices = [("", gettext("none")), *((key, gettext(text)) for key, text in POSTS.items())]
