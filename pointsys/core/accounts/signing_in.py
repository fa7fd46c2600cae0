"""Signing in step by step: who is meant, whether the attempt may be made, and what stands before the pages.

The first step is a password, a one-time link or a code handed out in person; then, where the account has one, the
second factor; then a new password where the old one has served its time or was given by somebody else; then the
set-up of a second factor where the site asks for one. A refused attempt looks the same and takes as long whether or
not there is such an account (A04): the same statements run, and one password is hashed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account, LoginSession, RoleGrant
from pointsys.core.accounts.passwords import expires_at
from pointsys.core.accounts.records import REFUSED, is_known_address, note_sign_in
from pointsys.core.accounts.rules import ADMINS, STAFF, SignInRules, sign_in_rules
from pointsys.core.accounts.services import normalise_login
from pointsys.core.accounts.sessions import (
    CODE,
    LINK,
    PASSWORD_PENDING,
    SECOND_FACTOR_PENDING,
    SET_UP_PENDING,
    SignedIn,
    end_session,
    open_session,
    token_hash,
)
from pointsys.core.accounts.throttle import Counters, count_failure, counters, locked_until
from pointsys.core.actors import Actor
from pointsys.core.people.models import Person
from pointsys.core.people.records import PHONE
from pointsys.core.site import current_site
from pointsys.kit.identity import parse_phone
from pointsys.kit.problems import Problem


def find_account(session: Session, typed: str) -> Account | None:
    """The account that is meant by a sign-in name or by a phone number; one statement.

    A number that several people with accounts share names none of them: they have their sign-in names.
    """
    try:
        login = normalise_login(typed)
    except Problem:
        login = "-"
    try:
        phone = parse_phone(typed)
    except Problem:
        # Looked up all the same, so that both ways take the same time.
        phone = "-"
    indexes = current_site().keyring.blind_indexes(PHONE, phone)
    owners = select(Person.id).where(Person.phone_index.in_(indexes))
    found = session.scalars(
        select(Account).where(or_(Account.login == login, Account.person_id.in_(owners))).limit(3)
    ).all()
    by_login = [account for account in found if account.login == login]
    if by_login:
        return by_login[0]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Attempt:
    """What is known before a password or code is looked at.

    ``name`` stands for the account in counters; ``locked`` refuses without saying so; ``crowded`` tells that the
    address has used up its attempts; ``flooded`` that nothing is verified for it any more.
    """

    account: Account | None
    name: str
    locked: bool
    crowded: bool
    flooded: bool


def prepare(session: Session, typed: str, address: str) -> Attempt:
    """Look an attempt up; the same statements whoever is meant."""
    account = find_account(session, typed)
    name = account.public_id if account is not None else typed_name(typed)
    counted: Counters = counters(name, address)
    known = is_known_address(session, account.id if account is not None else 0, address)
    locked = locked_until(session, [counted.pair]) is not None
    strange = locked_until(session, [counted.account]) is not None
    return Attempt(
        account,
        name,
        locked or (strange and not known),
        locked_until(session, [counted.address]) is not None and not known,
        locked_until(session, [counted.flood]) is not None,
    )


def typed_name(typed: str) -> str:
    """What stands for a name that nobody has: a digest, for it may be a password in the wrong field."""
    return token_hash(typed)[:16]


def refuse(session: Session, attempt: Attempt, way: str, address: str, browser: str) -> None:
    """Count and write down a refused attempt; one under a lock counts no further."""
    if not attempt.locked:
        known = attempt.account.login if attempt.account is not None else ""
        count_failure(session, attempt.name, address, known)
    if attempt.account is not None:
        note_sign_in(session, attempt.account.id, way, REFUSED, address, browser)
    actor = Actor("anonymous", address=address)
    audit.write(session, actor, "sign_in", "login", attempt.name, result=audit.DENIED, after={"way": way})


def enter(
    session: Session, account: Account, way: str, address: str, browser: str, *, demo: bool = False
) -> SignedIn:
    """Open a session for somebody whose password, link or code was good."""
    rules = sign_in_rules(session)
    pending = (
        SECOND_FACTOR_PENDING
        if account.totp_at is not None
        else waits_for(session, account, rules, way, demo=demo)
    )
    return open_session(session, account, address, browser, way=way, pending=pending)


def enter_wholly(
    session: Session, account: Account, half_token: str, address: str, browser: str
) -> SignedIn | None:
    """Put a whole session in the place of one whose holder has now shown the second factor.

    None where somebody ended that one meanwhile, as disabling the account does.
    """
    half = session.get(LoginSession, token_hash(half_token))
    if half is None:
        return None
    way = half.opened_by
    if not end_session(session, half_token):
        return None
    pending = waits_for(session, account, sign_in_rules(session), way)
    return open_session(session, account, address, browser, way=way, pending=pending)


def waits_for(session: Session, account: Account, rules: SignInRules, way: str, *, demo: bool = False) -> str:
    """What the holder has to do before the pages open: a new password, a second factor, or nothing ("")."""
    if demo:
        # The links on the first page of a demonstration lead in without a detour.
        return ""
    if way in (CODE, LINK):
        # What opened the door works once: without a password of one's own it stays shut the next time.
        return PASSWORD_PENDING
    ends = expires_at(account, rules.profile)
    if ends is not None and ends <= current_site().now():
        return PASSWORD_PENDING
    if account.totp_at is None and rules.second_factor in (ADMINS, STAFF):
        roles = select(RoleGrant.role).where(RoleGrant.account_id == account.id, RoleGrant.ended_at.is_(None))
        if rules.needs_second_factor(session.scalars(roles).all()):
            return SET_UP_PENDING
    return ""
