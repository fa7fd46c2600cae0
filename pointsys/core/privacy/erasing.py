"""Erasing a person (S-08): who they were goes, what was done stays, pseudonymous and with the same totals.

``erase`` works in the caller's transaction: the rows of the person become a pseudonym, ``traces`` takes them out of
whatever else named them, each plugin does the same with its tables, and the act stands in the list that a restore
carries out anew (``erase_list``). Files go after the commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account
from pointsys.core.actors import Actor
from pointsys.core.database import dialect_of
from pointsys.core.figures.people import count_people
from pointsys.core.people.groups import groups
from pointsys.core.people.models import Person
from pointsys.core.privacy import erase_list, traces
from pointsys.core.privacy.accounts import close_accounts, refuse_staff
from pointsys.core.privacy.models import PersonVault
from pointsys.core.privacy.vault import real_values
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import after_commit
from pointsys.kit.problems import N_, Problem

ERASED = "erased"
FROZEN = "frozen"
FREED = "freed"
# How a row is called that names nobody any more: data, as staff read it, like the titles of kinds.
PSEUDONYMS = {ERASED: "已删除", FROZEN: "已冻结"}
# Why, as the list keeps it.
ON_REQUEST = "request"
NO_CONSENT = "no_consent"
NOT_NEEDED = "not_needed"
DISPUTE = "dispute"
LAW = "law"
RESTORED = "restored"
ERASE_REASONS = {
    ON_REQUEST: N_("the person asked for it"),
    NO_CONSENT: N_("the consent was taken back, or was never given"),
    NOT_NEEDED: N_("the data is not needed any more"),
}
FREEZE_REASONS = {
    DISPUTE: N_("it is disputed whether the data is right"),
    LAW: N_("the law asks to keep the data for a time"),
    ON_REQUEST: N_("the person asked for it"),
}
# What is left of a person's own columns; the area stays, so that sums stay where they are.
EMPTY = {
    "pinyin": "", "sex": None, "birth_date": None, "phone_sealed": None, "phone_index": None,
    "id_number_sealed": None, "id_number_index": None, "note": "", "died_on": None,
}  # fmt: skip


@dataclass(frozen=True)
class Closing:
    """A human being about to be closed: the kept row, all rows, and what might name them elsewhere."""

    kept: Person
    rows: list[Person]
    words: frozenset[str]
    accounts: list[Account]

    @property
    def ids(self) -> list[int]:
        """Ids of all rows."""
        return [row.id for row in self.rows]

    @property
    def names(self) -> set[str]:
        """The names of all rows."""
        return {row.name for row in self.rows}


def look_up(session: Session, person: Person) -> Closing:
    """All rows and accounts of a human being, with the numbers and logins that name nobody else.

    The rows stay locked until the transaction ends and are as they stand now, be they read before.
    """
    ((kept_id, ids),) = groups(session, [person.id]).items()
    query = select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()
    # Read anew: somebody else may have closed them while this waited for the lock.
    rows = list(session.scalars(query.execution_options(populate_existing=True)))
    kept = next(row for row in rows if row.id == kept_id)
    accounts = list(session.scalars(select(Account).where(Account.person_id.in_(ids))))
    words = {account.login for account in accounts}
    for row in rows:
        words.update(real_values(row))
    return Closing(kept, rows, frozenset(words), accounts)


def refuse_own(closing: Closing, actor: Actor) -> None:
    """Nobody closes themselves: what cannot be undone is somebody else's to decide."""
    if actor.person_id is not None and actor.person_id in closing.ids:
        raise Problem("own_person", N_("Somebody else has to do this for your own data."))


def pseudonym(row: Person, state: str) -> str:
    """What stands in place of the name: 已删除 k3f9ab."""
    return f"{PSEUDONYMS[state]} {row.public_id[:6]}"


def blank(session: Session, rows: Collection[Person], state: str) -> None:
    """Make the rows of a person pseudonyms in ``state``; the last day here is today where none is known."""
    today = current_site().today()
    for row in rows:
        name = pseudonym(row, state)
        # At the end of every list: no letter sorts after it.
        values = {**EMPTY, "name": name, "sort_key": f"~{row.public_id[:6]}", "closed": state}
        for column, value in values.items():
            setattr(row, column, value)
        row.left_on = row.left_on or today
    session.flush()


def erase(session: Session, person: Person, why: str, actor: Actor) -> Closing:
    """Erase the human being that ``person`` is a row of, for good; totals of areas stay as they are.

    Raises Problem already_erased, unknown_reason, own_person, still_staff, or plugins_asleep in safe mode.
    """
    if why not in (*ERASE_REASONS, RESTORED):
        raise Problem("unknown_reason", N_("Choose why."), field="why")
    closing = look_up(session, person)
    if person.closed == ERASED:
        raise Problem("already_erased", N_("This person's data is erased already."))
    refuse_own(closing, actor)
    if why != RESTORED:
        refuse_staff(session, closing.accounts)
    was_counted = closing.kept.closed == ""
    names, ids = closing.names, closing.ids
    host = current_site().host
    if host.safe:
        raise Problem("plugins_asleep", N_("The site runs in safe mode: start it normally, then try again."))
    if dialect_of(session) == "sqlite":
        # Also what makes the file larger to write: nothing that is deleted now is left in it.
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON").close()
    host.call_strict("erase_person", session=session, person=closing.kept.id, rows=ids)
    files = traces.clear(session, ids, names, closing.words, actor)
    close_accounts(session, closing.accounts, closing.words, actor)
    _drop_vault(session, ids)
    blank(session, closing.rows, ERASED)
    if was_counted:
        count_people(session, {closing.kept.area_id: -1})
    if why != RESTORED:
        erase_list.note(session, closing.rows, ERASED, why, actor)
    audit.write(
        session, actor, "person.erased", "person", closing.kept.public_id, area_id=closing.kept.area_id,
        after={"why": why, "rows": len(ids)},
    )  # fmt: skip
    after_commit(session, files.remove)
    return closing


def _drop_vault(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(PersonVault).where(PersonVault.person_id.in_(ids)))
