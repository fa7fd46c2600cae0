"""Making, revoking and loading tokens; every function works in the caller's transaction and commits nothing.

What a token may is asked anew with each request: the rights of its owner at that moment, cut down to the token's
areas (``Actor.grants``) and to its permissions (``Actor.only``).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.sessions import token_hash
from pointsys.core.actors import Actor, Grant
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.database import table_of, upsert
from pointsys.core.permissions import role_table
from pointsys.core.site import current_site
from pointsys.core.tokens.models import ApiToken, ApiTokenArea, ApiUsage
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem

PREFIX = "pst_"
LONGEST = timedelta(days=365)
MAX_NAME = 30
MAX_TOKENS = 20
WINDOW = timedelta(minutes=1)
# A token's use is written down once an hour, not with each request.
TOUCH_EVERY = timedelta(hours=1)
_HINT = 8


@dataclass(frozen=True)
class Wanted:
    """What somebody asks of a new token: the permissions and areas are a part of their own."""

    name: str
    permissions: Collection[str]
    area_ids: Collection[int]
    expires_on: date
    read_only: bool = True


@dataclass(frozen=True)
class NewToken:
    """A token that was just made; ``secret`` is shown now and never again."""

    token: ApiToken
    secret: str


@dataclass(frozen=True)
class TokenState:
    """A live token: for whom it acts and with what."""

    token_id: int
    actor: Actor
    read_only: bool
    last_used_at: datetime | None


def grantable(actor: Actor, offered: Iterable[str]) -> list[str]:
    """Those of the ``offered`` permissions that the actor holds somewhere."""
    roles, table = {grant.role for grant in actor.grants}, role_table()
    return [name for name in offered if roles & table.of(name)]


def create_token(session: Session, account: Account, wanted: Wanted, actor: Actor) -> NewToken:
    """Make a token for ``account``: 256 random bits, of which the hash is stored.

    ``actor`` is the owner with their present roles. Raises Problem bad_token_name, bad_expiry, no_permission,
    no_area, unknown_area or too_many_tokens, with its field.
    """
    site = current_site()
    name = clean_text(wanted.name)
    if not name or len(name) > MAX_NAME:
        raise Problem("bad_token_name", N_("Name the token in at most 30 characters."), field="name")
    if not site.today() <= wanted.expires_on <= site.today() + LONGEST:
        raise Problem(
            "bad_expiry", N_("Choose a last day from today to a year from now."), field="expires_on"
        )
    permissions = grantable(actor, sorted(set(wanted.permissions) & role_table().roles.keys()))
    if not permissions or len(permissions) < len(set(wanted.permissions)):
        raise Problem(
            "no_permission", N_("Choose at least one of the permissions offered."), field="permissions"
        )
    _check_areas(session, wanted.area_ids, actor)
    if len([token for token in tokens_of(session, [account.id]) if is_live(token)]) >= MAX_TOKENS:
        raise Problem("too_many_tokens", N_("You have 20 tokens: revoke one that is not needed any more."))
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        account_id=account.id,
        name=name,
        token_hash=token_hash(secret),
        hint=secret[:_HINT],
        permissions=" ".join(permissions),
        read_only=wanted.read_only,
        created_at=site.now(),
        expires_on=wanted.expires_on,
    )
    session.add(token)
    session.flush()
    session.add_all(
        ApiTokenArea(token_id=token.id, area_id=area_id) for area_id in sorted(set(wanted.area_ids))
    )
    session.flush()
    audit.write(
        session, actor, "token.created", "token", token.public_id,
        after={"name": name, "permissions": permissions, "read_only": wanted.read_only, "until": wanted.expires_on},
    )  # fmt: skip
    return NewToken(token, secret)


def _check_areas(session: Session, area_ids: Collection[int], actor: Actor) -> None:
    """The areas must lie where the owner holds some role; more than that cannot be granted away."""
    if not area_ids:
        raise Problem("no_area", N_("Choose at least one area."), field="areas")
    tops = {grant.area_id for grant in actor.grants}
    inside = select(AreaClosure.descendant_id).where(
        AreaClosure.ancestor_id.in_(tops), AreaClosure.descendant_id.in_(area_ids)
    )
    if set(session.scalars(inside)) != set(area_ids):
        raise Problem("unknown_area", N_("This area does not exist."), field="areas")


def revoke_token(session: Session, token: ApiToken, actor: Actor) -> None:
    """End a token at once; revoking it twice changes nothing."""
    if token.revoked_at is not None:
        return
    token.revoked_at, token.revoked_by = current_site().now(), actor.label
    session.flush()
    audit.write(session, actor, "token.revoked", "token", token.public_id, before={"name": token.name})


def revoke_all(session: Session, account_id: int, actor: Actor) -> int:
    """End every token of an account whose holder lost hold of it; returns how many."""
    live = select(ApiToken).where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    found = session.scalars(live).all()
    for token in found:
        revoke_token(session, token, actor)
    return len(found)


def tokens_of(session: Session, account_ids: Collection[int]) -> Sequence[ApiToken]:
    """The tokens of some accounts, live ones or not, the newest first."""
    query = select(ApiToken).where(ApiToken.account_id.in_(account_ids))
    return session.scalars(query.order_by(ApiToken.id.desc())).all()


def areas_of(session: Session, token_ids: Collection[int]) -> dict[int, list[Area]]:
    """The areas of some tokens, by the token's id."""
    found: dict[int, list[Area]] = {token_id: [] for token_id in token_ids}
    rows = session.execute(
        select(ApiTokenArea.token_id, Area)
        .join(Area, Area.id == ApiTokenArea.area_id)
        .where(ApiTokenArea.token_id.in_(token_ids))
        .order_by(Area.code)
    )
    for token_id, area in rows:
        found[token_id].append(area)
    return found


def is_live(token: ApiToken) -> bool:
    """Whether a token is neither revoked nor past its last day."""
    return token.revoked_at is None and token.expires_on >= current_site().today()


def load_token(session: Session, secret: str, address: str) -> TokenState | None:
    """Who a secret belongs to and what they may with it; None if it is unknown, revoked, expired or its owner disabled.

    One statement: every request pays for it. A grant on an area above the token's counts in the token's area alone.
    """
    rows = session.execute(
        select(
            ApiToken.id, ApiToken.name, ApiToken.permissions, ApiToken.read_only, ApiToken.last_used_at,
            Account.id, Account.login, Account.person_id, RoleGrant.role, AreaClosure.descendant_id,
            Account.public_id,
        )
        .join(Account, Account.id == ApiToken.account_id)
        .outerjoin(ApiTokenArea, ApiTokenArea.token_id == ApiToken.id)
        .outerjoin(RoleGrant, and_(RoleGrant.account_id == Account.id, RoleGrant.ended_at.is_(None)))
        .outerjoin(
            AreaClosure,
            or_(
                and_(
                    AreaClosure.ancestor_id == RoleGrant.area_id,
                    AreaClosure.descendant_id == ApiTokenArea.area_id,
                ),
                and_(
                    AreaClosure.ancestor_id == ApiTokenArea.area_id,
                    AreaClosure.descendant_id == RoleGrant.area_id,
                ),
            ),
        )
        .where(
            ApiToken.token_hash == token_hash(secret),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_on >= current_site().today(),
            Account.disabled_at.is_(None),
        )
    ).all()  # fmt: skip
    if not rows:
        return None
    token_id, name, permissions, read_only, last_used_at, account_id, login, person_id = rows[0][:8]
    found: set[tuple[str, int | None]] = {(row[8], row[9]) for row in rows}
    actor = Actor(
        # The log and the audit say that it was a program, and which.
        f"{login}/{name}",
        account_id=account_id,
        person_id=person_id,
        grants=tuple(Grant(role, area_id) for role, area_id in found if area_id is not None),
        address=address,
        only=frozenset(permissions.split()),
        account=rows[0][10],
    )
    return TokenState(token_id, actor, bool(read_only), last_used_at)


def touch_token(session: Session, token_id: int) -> None:
    """Note that a token is in use."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=current_site().now()))


def window_of(now: datetime) -> datetime:
    """The beginning of the minute in which requests are counted."""
    return now.replace(second=0, microsecond=0)


def take_requests(session: Session, token_id: int, wanted: int, limit: int) -> int:
    """Count up to ``wanted`` requests of this minute in advance; returns how many of them are within ``limit``.

    A process takes several at a time, so that reading does not write to the database with each request.
    """
    since = window_of(current_site().now())
    columns = table_of(ApiUsage).c
    statement = (
        upsert(session, ApiUsage)
        .on_conflict_do_update(
            index_elements=["token_id"],
            set_={"count": case((columns.since == since, columns.count), else_=0) + wanted, "since": since},
        )
        .returning(columns.count)
    )
    values = [{"token_id": token_id, "since": since, "count": wanted}]
    count = int(session.execute(statement, values).scalar_one())
    return max(0, min(wanted, limit - (count - wanted)))
