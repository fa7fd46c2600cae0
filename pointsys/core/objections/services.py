"""Raising, answering and withdrawing objections.

Who recorded, confirmed, published, objected or wrote the objection down never answers, under no account of theirs.

Reading is in ``queries``, whose functions are named here too, so that callers need one module.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.deciders import Decider, deciders
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import VOIDED, Entry
from pointsys.core.activity_log.second_person import who_acts
from pointsys.core.actors import Actor
from pointsys.core.database import new_public_id
from pointsys.core.objections.models import ANSWERED, OPEN, OUTCOMES, REJECTED, WITHDRAWN, Objection
from pointsys.core.objections.queries import (
    clock_in,
    list_objections,
    mine,
    objection_below,
    of_person,
    of_subject,
    open_in,
    tally_of,
)
from pointsys.core.objections.subjects import ENTRY, Subject, find_subject
from pointsys.core.people.groups import canonical_ids
from pointsys.core.permissions import acting_role
from pointsys.core.settings import get_setting
from pointsys.core.site import current_site
from pointsys.core.work_calendar import site_calendar
from pointsys.kit.identity import clean_text
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import N_, Problem
from pointsys.kit.publicity import answer_due

__all__ = [
    "answer",
    "check_may_answer",
    "clock_in",
    "list_objections",
    "mine",
    "objection_below",
    "of_person",
    "of_subject",
    "open_in",
    "raise_objection",
    "take_objection",
    "tally_of",
    "who_may_answer",
    "withdraw",
]

DAYS = "objections.days"
DEFAULT_DAYS = 7
MAX_TEXT = 1000
# Somebody who gives a name on the telephone is shown like everybody else in public.
BY_PHONE = "phone"

NOT_YOURS = N_("There is nothing of yours here to object to.")


def raise_objection(
    session: Session, subject_type: str, subject_id: str, text: str, actor: Actor
) -> Objection:
    """Object to an entry of one's own, or to a notice that is up; the clock for the answer starts.

    Raises Problem: not_yours, already_open, too_late, reason_needed, too_long_text.
    """
    subject = _subject(session, subject_type, subject_id)
    if subject.person_id is not None and not _same_person(session, actor.person_id, subject.person_id):
        raise Problem("not_yours", NOT_YOURS)
    if actor.account_id is None and not actor.unrestricted:
        raise Problem("not_yours", NOT_YOURS)
    objection = _new(session, subject_type, subject_id, subject, text)
    objection.person_id = subject.person_id or actor.person_id
    objection.raised_by, objection.raised_by_account = actor.label, actor.account_id
    objection.open_key = "" if subject.person_id is not None else f"account:{actor.account_id}"
    return _keep(session, objection, actor)


def take_objection(
    session: Session, subject_type: str, subject_id: str, text: str, caller: str, actor: Actor
) -> Objection:
    """Write down an objection that somebody made on the telephone or at the counter; only their masked name is kept.

    Raises Problem as ``raise_objection`` does, and name_needed.
    """
    subject = _subject(session, subject_type, subject_id)
    name = mask_name(clean_text(caller))
    if not name:
        raise Problem("name_needed", N_("Write the name of who objects; only its first character is kept."))
    objection = _new(session, subject_type, subject_id, subject, text)
    objection.person_id = subject.person_id
    objection.raised_by, objection.raised_by_account = f"{BY_PHONE}:{name}", None
    objection.taken_by, objection.taken_by_account = actor.label, actor.account_id
    objection.open_key = "" if subject.person_id is not None else f"phone:{objection.public_id}"
    return _keep(session, objection, actor)


def _subject(session: Session, subject_type: str, subject_id: str) -> Subject:
    subject = find_subject(session, subject_type, subject_id)
    if subject is None:
        raise Problem("not_yours", NOT_YOURS)
    if subject.over or (subject.last_day is not None and current_site().today() > subject.last_day):
        raise Problem(
            "too_late", N_("The time to object to this is over. Speak to the staff of your community.")
        )
    return subject


def _words(text: str, field: str) -> str:
    text = clean_text(text)
    if not text:
        raise Problem("reason_needed", N_("Write what is wrong, or why, in a few words."), field=field)
    if len(text) > MAX_TEXT:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field=field, count=MAX_TEXT)
    return text


def _new(session: Session, subject_type: str, subject_id: str, subject: Subject, text: str) -> Objection:
    site = current_site()
    days = get_setting(session, subject.area_id, DAYS, DEFAULT_DAYS)
    count = days if type(days) is int and 1 <= days <= 60 else DEFAULT_DAYS
    return Objection(
        public_id=new_public_id(),
        subject_type=subject_type,
        subject_id=subject_id,
        title=subject.title,
        area_id=subject.area_id,
        text=_words(text, "text"),
        raised_at=site.now(),
        due_on=answer_due(site.today(), count, site_calendar(site.home)),
    )


def _keep(session: Session, objection: Objection, actor: Actor) -> Objection:
    same = select(Objection.id).where(
        Objection.subject_type == objection.subject_type,
        Objection.subject_id == objection.subject_id,
        Objection.open_key == objection.open_key,
        Objection.state == OPEN,
    )
    if session.scalar(same) is not None:
        raise Problem("already_open", N_("There is an objection to this already; it is answered first."))
    session.add(objection)
    session.flush()
    audit.write(
        session, actor, "objection.raised", "objection", objection.public_id, area_id=objection.area_id,
        after={"subject": objection.subject_id, "due": objection.due_on},
    )  # fmt: skip
    return objection


def check_may_answer(session: Session, objection: Objection, actor: Actor) -> None:
    """Raise Problem another_person_needed for whoever had a part in the matter."""
    if actor.unrestricted:
        return
    who = who_acts(session, actor)
    subject = find_subject(session, objection.subject_type, objection.subject_id)
    accounts, labels = _part_takers(objection, subject)
    had_a_part = not accounts.isdisjoint(who.accounts) or (not who.accounts and who.label in labels)
    # The scribe of an older objection is known by the name alone.
    scribe = objection.taken_by_account is None and objection.taken_by == actor.label != ""
    concerned = _same_person(session, actor.person_id, objection.person_id)
    if had_a_part or scribe or concerned:
        raise Problem(
            "another_person_needed",
            N_(
                "You had a part in this, so somebody else has to decide: ask a colleague or the sub-district."
            ),
        )


def _part_takers(objection: Objection, subject: Subject | None) -> tuple[set[int], set[str]]:
    """Accounts, and labels of those without one, of everybody who had a part in the matter."""
    accounts = set(subject.accounts) if subject else set()
    accounts |= {objection.raised_by_account, objection.taken_by_account} - {None}  # type: ignore[arg-type]
    labels = set(subject.labels) if subject else set()
    return accounts, labels


def who_may_answer(session: Session, objection: Objection) -> list[Decider]:
    """Those with the permission who had no part in it, the nearest first; about six statements."""
    accounts, _labels = _part_takers(
        objection, find_subject(session, objection.subject_type, objection.subject_id)
    )
    if objection.taken_by and objection.taken_by_account is None:
        query = select(Account.id).where(Account.login == objection.taken_by)
        accounts |= set(session.scalars(query))
    people = [] if objection.person_id is None else [objection.person_id]
    return deciders(
        session, objection.area_id, but_accounts=accounts, but_people=people, permission="objections.answer"
    )


def answer(
    session: Session, objection: Objection, outcome: str, text: str, actor: Actor, *, void: bool = False
) -> Objection:
    """Answer an open objection: ``upheld``, ``partly`` or ``rejected``, with the words that the objector reads.

    With ``void`` the entry objected to is voided in the same act. Raises Problem: another_person_needed,
    already_answered, unknown_outcome, reason_needed, too_long_text, void_needs_upheld.
    """
    if outcome not in OUTCOMES:
        raise Problem("unknown_outcome", N_("Choose what the answer is."), field="outcome")
    text = _words(text, "text")
    if void and (outcome == REJECTED or objection.subject_type != ENTRY):
        raise Problem(
            "void_needs_upheld", N_("Only an entry whose objection is upheld can be voided with the answer.")
        )
    objection = _locked(session, objection)
    check_may_answer(session, objection, actor)
    objection.state, objection.outcome, objection.answer = ANSWERED, outcome, text
    objection.answered_by, objection.answered_by_account = actor.label, actor.account_id
    objection.answered_role = acting_role(session, actor, "objections.answer", objection.area_id)
    objection.answered_at = current_site().now()
    session.flush()
    audit.write(
        session, actor, "objection.answered", "objection", objection.public_id, area_id=objection.area_id,
        before={"state": OPEN}, after={"outcome": outcome, "answer": text, "void": void},
    )  # fmt: skip
    if void:
        entry_id = session.scalar(select(Entry.id).where(Entry.public_id == objection.subject_id))
        decide(session, [entry_id] if entry_id is not None else [], VOIDED, text[:500], actor)
    return objection


def withdraw(session: Session, objection: Objection, actor: Actor) -> Objection:
    """Take one's own objection back while it is open; raises Problem not_yours or already_answered."""
    own = actor.account_id is not None and objection.raised_by_account == actor.account_id
    if not own and not _same_person(session, actor.person_id, objection.person_id):
        raise Problem("not_yours", NOT_YOURS)
    objection = _locked(session, objection)
    objection.state = WITHDRAWN
    session.flush()
    audit.write(
        session, actor, "objection.withdrawn", "objection", objection.public_id, area_id=objection.area_id,
        before={"state": OPEN}, after={"state": WITHDRAWN},
    )  # fmt: skip
    return objection


def _locked(session: Session, objection: Objection) -> Objection:
    """The objection as it stands now, held until the end of the transaction; of two who answer one is too late."""
    query = select(Objection).where(Objection.id == objection.id).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).one()
    if found.state != OPEN:
        raise Problem("already_answered", N_("Somebody has answered this already, or it was taken back."))
    return found


def _same_person(session: Session, first: int | None, second: int | None) -> bool:
    if first is None or second is None:
        return False
    kept = canonical_ids(session, {first, second})
    return kept[first] == kept[second]
