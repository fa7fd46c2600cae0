"""Forms of the registry: an estate, a company."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, SelectField, StringField

from pointsys.plugin import Form, at_most, needed, optional

from .companies import LONGEST_NAME, LONGEST_PHONE, CompanyData
from .estates import KINDS, LONGEST_ESTATE, LONGEST_PLACE, EstateData


class EstateForm(Form):
    """An estate; the page fills the choices of the area where one is to be chosen."""

    area = SelectField(lazy_gettext("Community"), validate_choice=False)
    name = StringField(lazy_gettext("Name of the estate"), [needed(), at_most(LONGEST_ESTATE)])
    kind = SelectField(lazy_gettext("Kind of estate"))
    place = StringField(lazy_gettext("Address"), [at_most(LONGEST_PLACE)])
    households = IntegerField(lazy_gettext("Households as reported"), [optional()])

    def offer(self, areas: list[tuple[str, str]]) -> None:
        """Fill the choices; areas are (code, name)."""
        self.area.choices = areas
        self.kind.choices = [(key, gettext(text)) for key, text in KINDS.items()]

    def fill(self, data: EstateData) -> None:
        """Show an estate as it stands."""
        for key, value in vars(data).items():
            self[key].data = value

    def data_of(self) -> EstateData:
        """What was filled in."""
        return EstateData(
            self.name.data or "", self.kind.data or "", self.place.data or "", self.households.data
        )


class CompanyForm(Form):
    """A company; its code is fixed once it is added."""

    uscc = StringField(lazy_gettext("Unified social credit code"), [at_most(30)])
    name = StringField(lazy_gettext("Name of the company"), [needed(), at_most(LONGEST_NAME)])
    phone = StringField(lazy_gettext("Phone of the company"), [at_most(LONGEST_PHONE)])

    def data_of(self) -> CompanyData:
        """What was filled in."""
        return CompanyData(self.uscc.data or "", self.name.data or "", self.phone.data or "")


class NewCompanyForm(CompanyForm):
    """A company that is added: its code is asked for."""

    uscc = StringField(lazy_gettext("Unified social credit code"), [needed(), at_most(30)])
