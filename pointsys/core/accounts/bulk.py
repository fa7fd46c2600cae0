"""Accounts for people on the roster: many at once, without a password, and the codes for their first sign-in.

Staff who see the people make them (S-47); they give nothing but the role of a member or resident, and touch no account
that holds any other role. Making takes one transaction for some hundred people; a code exists from the moment its slip
is shown, for some days, and is kept nowhere in the clear.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Select, exists, func, insert, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts import codes, links, notices
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.database import new_public_id, table_of
from pointsys.core.jobs.kinds import JobKind
from pointsys.core.people.consent import last_birth
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.permissions import MEMBER, RESIDENT, may
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.pinyin import sort_syllables
from pointsys.kit.problems import N_, Problem, Refused

if TYPE_CHECKING:
    from pointsys.core.jobs.running import JobRun

ROLES = (RESIDENT, MEMBER)
KIND = "accounts.members"
# More than this are made in the background.
AT_ONCE = 200
SLIPS_AT_ONCE = 100
# Slips are handed over in person during the next days.
SLIP_VALID = timedelta(days=7)
# Without letters and digits that look alike.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_STEM = 24
_NOT_PLAIN = re.compile(r"[^a-z0-9]")
MAKING = N_("Making accounts")

READY, HAS_ACCOUNT, TOO_YOUNG, GONE = "ready", "has_account", "too_young", "gone"
STATES = {
    READY: N_("gets an account"),
    HAS_ACCOUNT: N_("has an account already"),
    TOO_YOUNG: N_("under 14: no account of their own"),
    GONE: N_("has left, died or is not on the roster any more"),
}


@dataclass(frozen=True)
class Candidate:
    """Somebody of the roster, and whether they would get an account (``state`` of ``STATES``)."""

    person: Person
    state: str
    login_stem: str


@dataclass(frozen=True)
class Slip:
    """What goes on one slip of paper; ``code`` and ``token`` are stored nowhere in the clear."""

    name: str
    area: str
    login: str
    code: str
    token: str


def login_stem(name: str) -> str:
    """The name in plain letters of pinyin, at most 24; "user" where it has none. What follows it is drawn by lot."""
    return _NOT_PLAIN.sub("", sort_syllables(name).replace("0", ""))[:_STEM] or "user"


def _login(stem: str) -> str:
    return stem + "".join(secrets.choice(_LETTERS) for _ in range(4))


def _with_account() -> Select[int]:
    """People who have an account, by any row of theirs."""
    merged = select(PersonAlias.kept_id).join(Account, Account.person_id == PersonAlias.merged_id)
    return select(Account.person_id).where(Account.person_id.is_not(None)).union(merged)  # type: ignore[return-value]


def ready_people(area_id: int) -> Select[Person]:
    """Those of an area and below who would get an account, as a query."""
    youngest = last_birth(current_site().today())
    return select(Person).where(
        Person.area_id.in_(subtree(area_id)),
        Person.left_on.is_(None),
        Person.died_on.is_(None),
        Person.closed == "",
        func.coalesce(Person.birth_date, youngest) <= youngest,
        ~exists().where(PersonAlias.merged_id == Person.id),
        Person.id.not_in(_with_account()),
    )


def judge(session: Session, people: Sequence[Person]) -> list[Candidate]:
    """What would become of each of some people; two statements."""
    ids = [person.id for person in people]
    merged = set(session.scalars(select(PersonAlias.merged_id).where(PersonAlias.merged_id.in_(ids))))
    known = set(session.scalars(select(Person.id).where(Person.id.in_(ids), Person.id.in_(_with_account()))))
    youngest = last_birth(current_site().today())

    def state(person: Person) -> str:
        if person.left_on or person.died_on or person.closed or person.id in merged:
            return GONE
        if person.id in known:
            return HAS_ACCOUNT
        return TOO_YOUNG if person.birth_date is not None and person.birth_date > youngest else READY

    return [Candidate(person, state(person), login_stem(person.name)) for person in people]


def make_accounts(session: Session, people: Sequence[Person], role: str, actor: Actor) -> int:
    """An account with ``role`` in the community of each of ``people`` who may have one; returns how many were made.

    Those who have one meanwhile, or may not have any, are passed over. Raises Problem unknown_choice.
    """
    if role not in ROLES:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="role")
    ready = [one for one in judge(session, people) if one.state == READY]
    if not ready:
        return 0
    now = current_site().now()
    logins = _free_logins(session, [one.login_stem for one in ready])
    rows = [
        {
            "public_id": new_public_id(), "login": login, "name": "", "person_id": one.person.id,
            "created_at": now,
        }
        for one, login in zip(ready, logins, strict=True)
    ]  # fmt: skip
    session.execute(insert(table_of(Account)), rows)
    ids = {
        row.person_id: row.id
        for row in session.execute(select(Account.id, Account.person_id).where(Account.login.in_(logins)))
    }
    homes = _communities(session, {one.person.area_id for one in ready})
    session.execute(
        insert(table_of(RoleGrant)),
        [
            {
                "account_id": ids[one.person.id], "role": role, "area_id": homes[one.person.area_id],
                "granted_by": actor.label, "granted_at": now,
            }
            for one in ready
        ],
    )  # fmt: skip
    for one, row in zip(ready, rows, strict=True):
        audit.write(
            session, actor, "account.created", "account", str(row["public_id"]),
            area_id=homes[one.person.area_id], after={"login": row["login"], "role": role},
        )  # fmt: skip
    return len(rows)


def _free_logins(session: Session, stems: Sequence[str]) -> list[str]:
    """A login for each stem that nobody has; of a million for each stem a few are taken."""
    found: list[str] = []
    while len(found) < len(stems):
        drawn = [_login(stem) for stem in stems[len(found) :]]
        taken = set(session.scalars(select(Account.login).where(Account.login.in_(drawn)))) | set(found)
        for login in drawn:
            if login in taken:
                break
            taken.add(login)
            found.append(login)
    return found


def _communities(session: Session, area_ids: Collection[int]) -> dict[int, int]:
    """For each area the community that it is or lies in, else itself: a role there also counts beside one's grid."""
    rows = session.execute(
        select(AreaClosure.descendant_id, AreaClosure.ancestor_id)
        .join(Area, Area.id == AreaClosure.ancestor_id)
        .where(AreaClosure.descendant_id.in_(area_ids), Area.level == "community")
    )
    return {area_id: area_id for area_id in area_ids} | {row[0]: row[1] for row in rows}


def member_accounts(area_id: int) -> Select[Account, Person]:
    """Accounts with their people of an area and below to whom staff may hand codes: no other role, not disabled."""
    other_role = exists().where(
        RoleGrant.account_id == Account.id, RoleGrant.ended_at.is_(None), RoleGrant.role.not_in(ROLES)
    )
    return (
        select(Account, Person)
        .join(Person, Person.id == Account.person_id)
        .where(
            Person.area_id.in_(subtree(area_id)),
            Person.closed == "",
            Account.disabled_at.is_(None),
            ~other_role,
        )
    )


def make_slips(session: Session, chosen: Sequence[tuple[Account, Person]], actor: Actor) -> list[Slip]:
    """A fresh code and link for each account, to be shown once; earlier ones are void. Raises Problem own_account."""
    if any(account.id == actor.account_id for account, _person in chosen):
        raise Problem("own_account", N_("Somebody else has to do this to your own account."))
    places = {person.area_id for _account, person in chosen}
    names = {
        row.id: row.name for row in session.execute(select(Area.id, Area.name).where(Area.id.in_(places)))
    }
    slips = []
    for account, person in chosen:
        # In this order: a new code makes links void, a new link leaves the code good.
        code = codes.make_code(session, account, actor, valid=SLIP_VALID)
        token = links.create_link(session, links.SIGN_IN, account_id=account.id, valid=SLIP_VALID)
        notices.tell_of_link(session, account, actor)
        slips.append(Slip(person.name, names[person.area_id], account.login, codes.grouped(code), token))
    return slips


def make_in_background(run: JobRun) -> Mapping[str, object]:
    """The job: accounts for everybody of its area who would get one; ``args`` name the role."""
    if run.area_id is None:
        raise Problem("unknown_area", N_("There is no such area."))
    role, made = str(run.args["role"]), 0
    with read_scope() as session:
        if not may(session, run.actor, "accounts.members", run.area_id):
            raise Refused("not_allowed", N_("You may not do this any more."))
        ids = list(
            session.scalars(ready_people(run.area_id).with_only_columns(Person.id).order_by(Person.id))
        )
    for at in range(0, len(ids), AT_ONCE):
        run.step(at, len(ids), MAKING)
        with unit_of_work(drain=False) as session:
            people = session.scalars(select(Person).where(Person.id.in_(ids[at : at + AT_ONCE]))).all()
            made += make_accounts(session, people, role, run.actor)
    return {"done": made}


JOBS = (JobKind(KIND, N_("Make accounts for people on the roster"), make_in_background),)
