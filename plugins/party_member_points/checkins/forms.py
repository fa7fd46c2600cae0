"""Forms of check-ins: what a member asks, what staff ask in their place, how it is answered, a unit's list."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, SelectField, StringField, TextAreaField

from pointsys.plugin import Form, at_most, needed

from ..columns import MEMBER, PROBATIONARY
from .posts import POSTS
from .services import CHECKIN, KINDS, LEAVE, TRANSFER, Ask


class AskForm(Form):
    """A request; ``offer`` says what may be asked for as things stand."""

    kind = SelectField(lazy_gettext("What is it about?"))
    home_unit = StringField(lazy_gettext("Home unit"), [at_most(100)])
    area = SelectField(lazy_gettext("Community"))
    branch = StringField(lazy_gettext("Party branch"), [at_most(100)])
    post = SelectField(lazy_gettext("Post in the branch"))
    political_status = SelectField(lazy_gettext("Membership"))
    on = DateField(lazy_gettext("From this day on"), [needed()])
    note = TextAreaField(lazy_gettext("What else should be known"), [at_most(500)])

    def offer(self, kinds: tuple[str, ...], areas: list[tuple[str, str]]) -> None:
        """Fill the choices; areas are (code, name)."""
        self.kind.choices = [(kind, gettext(KINDS[kind])) for kind in kinds]
        self.area.choices = areas
        self.post.choices = [("", gettext("none")), *((key, gettext(text)) for key, text in POSTS.items())]
        self.political_status.choices = [
            (MEMBER, gettext("Party member")),
            (PROBATIONARY, gettext("Probationary Party member")),
        ]

    def asked(self) -> Ask:
        """What was asked for, after validation."""
        assert self.on.data is not None
        return Ask(
            self.kind.data,
            self.on.data,
            self.branch.data or "",
            self.home_unit.data or "",
            self.post.data or "",
            self.political_status.data or MEMBER,
            self.note.data or "",
        )


def kinds_for(*, member: bool) -> tuple[str, ...]:
    """What somebody may ask for."""
    return (TRANSFER, LEAVE) if member else (CHECKIN,)


class AnswerForm(Form):
    """Names as the community writes them, and the reason of a no."""

    branch = StringField(lazy_gettext("Party branch"), [at_most(100)])
    home_unit = StringField(lazy_gettext("Home unit"), [at_most(100)])
    reason = StringField(lazy_gettext("Reason"), [at_most(500)])


class ReportForm(Form):
    """A unit and its list: a file, or cells pasted with their titles."""

    unit = StringField(lazy_gettext("Home unit"), [needed(), at_most(100)])
    text = TextAreaField(lazy_gettext("or paste the cells, titles included"), [at_most(200_000)])
