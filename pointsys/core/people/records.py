"""What is known of one person: checked, sealed for storage, and opened or masked again.

``check_person`` is the one rule about what a person may look like and ``person_row`` the one way to seal it;
an import calls both for its many rows, a form through ``services``. Nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from pointsys.core.crypto import CannotDecrypt, Keyring
from pointsys.core.database import dialect_of
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.kit.identity import clean_text, is_han, normalise_name, parse_id_number, parse_phone
from pointsys.kit.masking import UNREADABLE, mask_id_number, mask_name, mask_phone
from pointsys.kit.pinyin import pinyin_keys, sort_syllables
from pointsys.kit.problems import N_, Problem

T = TypeVar("T")

PHONE = "person.phone"
ID_NUMBER = "person.id_number"
SEXES = ("male", "female")
MAX_NAME = 100
MAX_NOTE = 200
_MAX_PINYIN = 500
_MAX_SORT_KEY = 120
_EARLIEST_BIRTH = date(1880, 1, 1)

BAD_NAME = N_("Write the person's name, with at most 100 characters.")


@dataclass(frozen=True)
class PersonData:
    """What somebody typed about a person; ``sex`` is "male" or "female", a blank means unknown."""

    name: str
    area_id: int
    sex: str | None = None
    birth_date: date | None = None
    phone: str | None = None
    id_number: str | None = None
    note: str = ""


@dataclass(frozen=True)
class CheckedPerson:
    """The same in its one spelling; only ``check_person`` makes these."""

    name: str
    area_id: int
    sex: str | None
    birth_date: date | None
    phone: str | None
    id_number: str | None
    note: str


@dataclass(frozen=True)
class MaskedPerson:
    """A person as a list shows them: phone and ID number masked, "" when there is none."""

    id: int
    public_id: str
    name: str
    masked_name: str
    phone: str
    id_number: str
    sex: str | None
    birth_date: date | None
    area_id: int


def refuse_closed(person: Person) -> None:
    """Raise Problem person_closed for somebody who was erased or frozen: nothing is done with them any more."""
    if person.closed:
        raise Problem(
            "person_closed", N_("This person's data is erased or frozen: nothing can be changed here.")
        )


def hold_open(session: Session, person: Person) -> None:
    """``refuse_closed`` for whoever changes a row: erasing waits until this transaction ends, or is over before it.

    On PostgreSQL the row is locked and read anew, so that nothing of somebody erased comes back; SQLite has one
    writer anyway.
    """
    if dialect_of(session) == "postgresql":
        # What the caller has changed already is not to be read over.
        session.flush()
        session.refresh(person, with_for_update=True)
    refuse_closed(person)


def _at(field: str, parse: Callable[[], T]) -> T:
    """Run a parser that knows no field names and say which field its refusal is about."""
    try:
        return parse()
    except Problem as problem:
        raise Problem(problem.code, problem.message, field=field, **problem.params) from None


def check_person(data: PersonData, *, today: date) -> CheckedPerson:
    """Return ``data`` in its one spelling; sex and birth date are filled from the ID number where blank.

    A given sex stays even if the ID number's 17th digit says otherwise: real rosters hold such people. Raises
    Problem bad_name, bad_sex, bad_birth_date, birth_date_mismatch, bad_phone, bad_id_number, lost_digits or
    note_too_long, with its field.
    """
    name = normalise_name(data.name)
    if len(name) > MAX_NAME or not any(c.isalpha() or is_han(c) for c in name):
        raise Problem("bad_name", BAD_NAME, field="name")
    sex, born = data.sex or None, data.birth_date
    if sex is not None and sex not in SEXES:
        raise Problem("bad_sex", N_("The sex is either male or female."), field="sex")
    if born is not None and not _EARLIEST_BIRTH <= born <= today:
        raise Problem(
            "bad_birth_date",
            N_("Nobody here was born on %(day)s. Correct the year."),
            field="birth_date",
            day=born,
        )
    phone = _at("phone", lambda: parse_phone(data.phone)) if clean_text(data.phone) else None
    number = None
    if clean_text(data.id_number):
        parsed = _at("id_number", lambda: parse_id_number(data.id_number, today=today))
        number = parsed.number
        if born is not None and born != parsed.birth_date:
            raise Problem(
                "birth_date_mismatch",
                N_("The ID number says another birth date than %(given)s. Compare both with the card."),
                field="birth_date",
                given=born,
            )
        sex, born = sex or parsed.sex, parsed.birth_date
    note = clean_text(data.note)
    if len(note) > MAX_NOTE:
        raise Problem("note_too_long", N_("Shorten the note to 200 characters."), field="note")
    return CheckedPerson(name, data.area_id, sex, born, phone, number, note)


def _search_keys(name: str) -> dict[str, str]:
    keys = pinyin_keys(name)
    if len(keys) > _MAX_PINYIN:
        keys = keys[: _MAX_PINYIN + 1].rpartition(" ")[0]
    return {"pinyin": keys, "sort_key": f"{sort_syllables(name)} {name}".strip()[:_MAX_SORT_KEY]}


def _sealed(
    keyring: Keyring, column: str, public_id: str, value: str | None
) -> tuple[bytes | None, bytes | None]:
    if value is None:
        return None, None
    return keyring.encrypt(column, public_id, value), keyring.blind_index(column, value)


def person_row(
    data: CheckedPerson, keyring: Keyring, public_id: str, now: datetime, *, batch_id: int | None = None
) -> dict[str, object]:
    """The columns of a new ``Person``, ready for one INSERT of many rows; ``keyring`` of ``writing_keys``."""
    phone, phone_index = _sealed(keyring, PHONE, public_id, data.phone)
    number, number_index = _sealed(keyring, ID_NUMBER, public_id, data.id_number)
    return {
        "public_id": public_id,
        "name": data.name,
        **_search_keys(data.name),
        "sex": data.sex,
        "birth_date": data.birth_date,
        "phone_sealed": phone,
        "phone_index": phone_index,
        "id_number_sealed": number,
        "id_number_index": number_index,
        "area_id": data.area_id,
        "note": data.note,
        "created_at": now,
        "left_on": None,
        "batch_id": batch_id,
    }


def identifiers(data: CheckedPerson) -> list[tuple[str, str]]:
    """The values of a person that are indexed: (column, value)."""
    return [(column, value) for column, value in ((PHONE, data.phone), (ID_NUMBER, data.id_number)) if value]


def membership_row(person_id: int, area_id: int, from_on: date | None) -> dict[str, object]:
    """The columns of the first membership of a new person."""
    return {"person_id": person_id, "area_id": area_id, "from_on": from_on, "to_on": None}


def phone_of(person: Person) -> str | None:
    """The phone in the clear; raises CannotDecrypt for one that was altered, moved or sealed elsewhere."""
    if person.phone_sealed is None:
        return None
    return current_site().keyring.decrypt(PHONE, person.public_id, person.phone_sealed)


def id_number_of(person: Person) -> str | None:
    """The ID number in the clear; raises CannotDecrypt as ``phone_of`` does."""
    if person.id_number_sealed is None:
        return None
    return current_site().keyring.decrypt(ID_NUMBER, person.public_id, person.id_number_sealed)


def masked(person: Person) -> MaskedPerson:
    """The person for a list; a phone that does not open is four stars, so that the others still show."""
    try:
        phone = mask_phone(phone_of(person) or "")
    except CannotDecrypt:
        phone = UNREADABLE
    return MaskedPerson(
        id=person.id,
        public_id=person.public_id,
        name=person.name,
        masked_name=mask_name(person.name),
        phone=phone,
        id_number=mask_id_number() if person.id_number_sealed is not None else "",
        sex=person.sex,
        birth_date=person.birth_date,
        area_id=person.area_id,
    )
