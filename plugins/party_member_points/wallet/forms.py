"""Forms of the wallet's pages, and reading amounts as people type them."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import NumberRange

from pointsys.plugin import N_, Form, Problem, at_most, needed, normalise_text, optional

from .rules import MOST_YEARS
from .shop import MOST_POINTS, MOST_STOCK


class ItemForm(Form):
    """Something that is given for points."""

    title = StringField(lazy_gettext("What is given"), [needed(), at_most(60)])
    detail = StringField(lazy_gettext("More about it"), [optional(), at_most(200)])
    points = StringField(lazy_gettext("Points for one"), [needed(), at_most(20)])
    stock = IntegerField(lazy_gettext("In stock"), [optional(), NumberRange(0, MOST_STOCK)])
    offered = BooleanField(lazy_gettext("On offer"))


class RuleForm(Form):
    """The rules of the wallet."""

    on = BooleanField(lazy_gettext("Members collect redeemable points"))
    expiry = SelectField(lazy_gettext("How long points can be redeemed"))
    years = IntegerField(lazy_gettext("Years"), [needed(), NumberRange(0, MOST_YEARS)])
    once_per = SelectField(lazy_gettext("How often somebody may redeem"))
    min_balance = StringField(lazy_gettext("From which balance on"), [optional(), at_most(20)])
    redeem_clears = BooleanField(lazy_gettext("A redemption takes the whole balance"))


def points_of(raw: str | None, field: str, *, least: int = 1) -> int:
    """Typed points as hundredths: "12", "12.5", "12.50". Raises Problem bad_points."""
    text = normalise_text(raw or "")
    whole, _dot, rest = text.partition(".")
    digits = (whole + rest).isascii() and whole.isdigit() and (rest == "" or rest.isdigit())
    if not digits or len(whole) > 7 or len(rest) > 2:
        raise _bad(field)
    points = int(whole) * 100 + int((rest + "00")[:2])
    if not least <= points <= MOST_POINTS:
        raise _bad(field)
    return points


def _bad(field: str) -> Problem:
    return Problem("bad_points", N_("Give points above zero, with two decimals at most."), field=field)
