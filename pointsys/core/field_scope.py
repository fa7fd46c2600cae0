"""Which permission shows which field of a person (S-29): the one white-list of pages, files and programs.

A field that stands here is shown to whoever holds its permission in the area at hand, and to nobody else; a name that
does not stand here raises KeyError, so that a new field has to be decided on first. Plugins say the same of theirs in
``PluginInfo.person_fields``. Whoever keeps a person's data right (``people.edit``) sees what takes to keep it right;
others see what they need to tell two people apart and to ring one up.
"""

from __future__ import annotations

from collections.abc import Mapping

from pointsys.core.site import current_site

# field -> permission; phone and ID number are masked for everybody, the full value is another act (people.unmask).
CORE_FIELDS: Mapping[str, str] = {
    "name": "people.view",
    "sex": "people.view",
    "phone": "people.view",
    "birth_year": "people.view",
    "area": "people.view",
    "left_on": "people.view",
    "consents": "people.view",
    "birth_date": "people.edit",
    "id_number": "people.edit",
    "note": "people.edit",
}


def person_fields() -> dict[str, str]:
    """Every declared field with its permission; those of plugins are named ``<slug>.<field>``."""
    declared = dict(CORE_FIELDS)
    for info in current_site().host.plugins.values():
        declared |= info.person_fields
    return declared


def field_permission(field: str) -> str:
    """The permission that shows a field; raises KeyError for one that nobody declared."""
    found = CORE_FIELDS.get(field)
    return person_fields()[field] if found is None else found


def needs(*fields: str) -> dict[str, str]:
    """Fields of the core and their permissions, for what is declared before there is a site."""
    return {field: CORE_FIELDS[field] for field in fields}
