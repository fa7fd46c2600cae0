"""The sealed box of a frozen person: their data as JSON under the site's key, bound to the person's outside id."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from pointsys.core.crypto import CannotDecrypt
from pointsys.core.people.models import Person
from pointsys.core.people.records import id_number_of, phone_of
from pointsys.core.privacy.models import PersonVault
from pointsys.core.rotation.use import writing_keys
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

COLUMN = "person_vault.data"
_TEXTS = ("name", "sex", "note")
_DAYS = ("birth_date", "left_on", "died_on")


def real_values(row: Person) -> list[str]:
    """Phone and ID number of a row in the clear; one that does not open is none."""
    found = []
    for opened in (phone_of, id_number_of):
        try:
            value = opened(row)
        except CannotDecrypt:
            value = None
        if value:
            found.append(value)
    return found


def put(session: Session, kept: Person, rows: Sequence[Person], texts: Mapping[int, tuple[str, str]]) -> None:
    """Keep the data of ``rows`` and the free texts of their entries. Raises Problem cannot_decrypt."""
    try:
        people = {row.public_id: _data(row) for row in rows}
    except CannotDecrypt:
        raise Problem(
            "cannot_decrypt",
            N_(
                "A stored value does not open with the keys of this site. Ask the operator to restore the key file."
            ),
        ) from None
    data = json.dumps({"people": people, "texts": {str(key): list(value) for key, value in texts.items()}})
    sealed = writing_keys(session).encrypt(COLUMN, kept.public_id, data)
    session.merge(PersonVault(person_id=kept.id, sealed=sealed, frozen_at=current_site().now()))
    session.flush()


def _data(row: Person) -> dict[str, object]:
    data: dict[str, object] = {name: getattr(row, name) for name in _TEXTS}
    data.update({name: _iso(getattr(row, name)) for name in _DAYS})
    return {**data, "phone": phone_of(row), "id_number": id_number_of(row)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def opened(session: Session, kept: Person) -> dict[str, Any]:
    """What ``put`` kept: "people" by outside id, "texts" by entry id; days are dates again."""
    box = session.get_one(PersonVault, kept.id)
    data: dict[str, Any] = json.loads(current_site().keyring.decrypt(COLUMN, kept.public_id, box.sealed))
    for person in data["people"].values():
        person.update({name: date.fromisoformat(person[name]) for name in _DAYS if person[name]})
    return data
