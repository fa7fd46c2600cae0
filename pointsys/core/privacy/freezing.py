"""Freezing a person (S-08): where data may not be deleted it is kept sealed, and used for nothing.

A frozen person looks like an erased one everywhere; ``free`` opens the box and puts the data back. ``carry_out``
does again, after a restore, what the list of erasures says.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.sessions import end_sessions
from pointsys.core.activity_log.models import Entry, EntryText
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.database import table_of
from pointsys.core.figures.people import count_people
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person
from pointsys.core.people.records import PersonData, check_person, identifiers, person_row
from pointsys.core.privacy import erase_list, traces, vault
from pointsys.core.privacy.accounts import refuse_staff
from pointsys.core.privacy.erasing import (
    ERASED,
    FREED,
    FREEZE_REASONS,
    FROZEN,
    RESTORED,
    Closing,
    blank,
    erase,
    look_up,
    refuse_own,
)
from pointsys.core.privacy.models import PersonVault
from pointsys.core.rotation.use import carry_along, writing_keys
from pointsys.core.site import current_site
from pointsys.core.tokens.services import revoke_all
from pointsys.kit.problems import N_, Problem


def freeze(session: Session, person: Person, why: str, actor: Actor) -> None:
    """Put what tells who the person is into a sealed box.

    Raises Problem already_closed, unknown_reason, own_person, still_staff or cannot_decrypt.
    """
    if why not in (*FREEZE_REASONS, RESTORED):
        raise Problem("unknown_reason", N_("Choose why."), field="why")
    closing = look_up(session, person)
    if person.closed:
        raise Problem("already_closed", N_("This person's data is erased or frozen already."))
    refuse_own(closing, actor)
    if why != RESTORED:
        refuse_staff(session, closing.accounts)
    vault.put(session, closing.kept, closing.rows, _take_texts(session, closing))
    for account in closing.accounts:
        _shut(session, account, actor)
    traces.mask_elsewhere(session, closing.ids, closing.names)
    files = traces.files_to_fetch(session, {row.area_id for row in closing.rows})
    blank(session, closing.rows, FROZEN)
    count_people(session, {closing.kept.area_id: -1})
    if why != RESTORED:
        erase_list.note(session, closing.rows, FROZEN, why, actor)
    audit.write(
        session, actor, "person.frozen", "person", closing.kept.public_id, area_id=closing.kept.area_id,
        after={"why": why},
    )  # fmt: skip
    traces.remove_later(session, files)


def _take_texts(session: Session, closing: Closing) -> dict[int, tuple[str, str]]:
    """The free texts of the person's entries, which leave the table."""
    query = select(EntryText.entry_id, EntryText.evidence, EntryText.note).join(
        Entry, Entry.id == EntryText.entry_id
    )
    rows = session.execute(query.where(Entry.person_id.in_(closing.ids)))
    texts = {row.entry_id: (row.evidence, row.note) for row in rows}
    for part in chunks(texts):
        session.execute(delete(EntryText).where(EntryText.entry_id.in_(part)))
    return texts


def _shut(session: Session, account: Account, actor: Actor) -> None:
    account.disabled_at = account.disabled_at or current_site().now()
    end_sessions(session, account.id)
    revoke_all(session, account.id, actor)
    session.flush()


def free(session: Session, person: Person, actor: Actor, *, noted: bool = False) -> None:
    """Take the data out of the box again; the account stays disabled until somebody enables it.

    Raises Problem not_frozen, own_person, or number_taken for an ID number that somebody else holds by now.
    """
    closing = look_up(session, person)
    if person.closed != FROZEN:
        raise Problem("not_frozen", N_("This person's data is not frozen."))
    refuse_own(closing, actor)
    kept = closing.kept
    data = vault.opened(session, kept)
    site, keys = current_site(), writing_keys(session)
    for row in closing.rows:
        said = data["people"][row.public_id]
        checked = check_person(
            PersonData(
                said["name"], row.area_id, said["sex"], said["birth_date"], said["phone"], said["id_number"],
                said["note"],
            ),
            today=site.today(),
        )  # fmt: skip
        values = person_row(checked, keys, row.public_id, row.created_at, batch_id=row.batch_id)
        carry_along(session, keys, identifiers(checked))
        holder = select(Person.id).where(Person.id_number_index == values["id_number_index"])
        if values["id_number_index"] is not None and session.scalar(holder) is not None:
            raise Problem(
                "number_taken",
                N_(
                    "Somebody else was put on record with this ID number meanwhile. "
                    "Empty it there, free this one, merge the two."
                ),
            )
        values.update(left_on=said["left_on"], died_on=said["died_on"], closed="")
        for column, value in values.items():
            setattr(row, column, value)
    texts = [
        {"entry_id": int(key), "evidence": both[0], "note": both[1]} for key, both in data["texts"].items()
    ]
    if texts:
        session.execute(insert(table_of(EntryText)), texts)
    session.execute(delete(PersonVault).where(PersonVault.person_id == kept.id))
    count_people(session, {kept.area_id: 1})
    session.flush()
    if not noted:
        erase_list.note(session, closing.rows, FREED, "", actor)
    audit.write(session, actor, "person.freed", "person", kept.public_id, area_id=kept.area_id)


def carry_out(session: Session, actor: Actor = SYSTEM) -> int:
    """Erase and freeze again whom the list names and a restore brought back; returns how many."""
    count = 0
    for person, act, _why in erase_list.not_carried_out(session):
        # A row merged into one that is closed by now was closed with it.
        if act == ERASED and person.closed != ERASED:
            erase(session, person, RESTORED, actor)
        elif act == FROZEN and not person.closed:
            freeze(session, person, RESTORED, actor)
        elif act == FREED and person.closed == FROZEN:
            free(session, person, actor, noted=True)
        else:
            continue
        count += 1
    erase_list.complete(session, actor)
    return count
