"""The site's own rules of signing in: which passwords, for whom a second factor, how many browsers at once.

They are settings of the root area, for an account signs in to the whole site. What is not set has the defaults of
``SignInRules``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.permissions import ADMINISTRATORS, EVERY_STAFF
from pointsys.core.settings import AreaSetting, set_setting
from pointsys.kit.problems import N_, Problem

PASSWORD_PROFILE = "accounts.password_profile"  # noqa: S105
SECOND_FACTOR = "accounts.second_factor"
MOST_SESSIONS = "accounts.most_sessions"

OFF, OFFERED, ADMINS, STAFF = "off", "offered", "admins", "staff"
SECOND_FACTOR_CHOICES = (OFF, OFFERED, ADMINS, STAFF)
MOST_SESSIONS_RANGE = range(1, 21)


@dataclass(frozen=True)
class Profile:
    """What a password must be: characters, kinds of characters, how long it lasts, how many old ones are barred."""

    name: str
    length: int
    classes: int
    lasts: timedelta | None
    barred: int


# GB/T 22239 wants complexity and change; OWASP ASVS 6.2.5 and 6.2.10 forbid both. A site chooses.
DJBH = Profile("djbh", 10, 3, timedelta(days=90), 5)
MODERN = Profile("modern", 12, 1, None, 0)
PROFILES = {profile.name: profile for profile in (DJBH, MODERN)}


@dataclass(frozen=True)
class SignInRules:
    """The rules that hold on this site."""

    profile: Profile = DJBH
    second_factor: str = OFFERED
    most_sessions: int = 5

    def needs_second_factor(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles may not go without a second factor."""
        bound = {ADMINS: ADMINISTRATORS, STAFF: (*ADMINISTRATORS, *EVERY_STAFF)}
        return not set(roles).isdisjoint(bound.get(self.second_factor, ()))


def sign_in_rules(session: Session) -> SignInRules:
    """The site's rules; one statement."""
    rows = session.execute(
        select(AreaSetting.key, AreaSetting.value)
        .join(Area, Area.id == AreaSetting.area_id)
        .where(
            Area.parent_id.is_(None), AreaSetting.key.in_((PASSWORD_PROFILE, SECOND_FACTOR, MOST_SESSIONS))
        )
    )
    return _read({key: json.loads(value) for key, value in rows})


def _read(values: Mapping[str, object]) -> SignInRules:
    usual = SignInRules()
    second = values.get(SECOND_FACTOR)
    most = values.get(MOST_SESSIONS)
    return SignInRules(
        PROFILES.get(str(values.get(PASSWORD_PROFILE)), usual.profile),
        str(second) if second in SECOND_FACTOR_CHOICES else usual.second_factor,
        most if isinstance(most, int) and most in MOST_SESSIONS_RANGE else usual.most_sessions,
    )


def set_sign_in_rules(
    session: Session, root: Area, profile: str, second_factor: str, most_sessions: int, actor: Actor
) -> None:
    """Set the rules for everybody from their next sign-in on; raises Problem unknown_choice."""
    if (
        profile not in PROFILES
        or second_factor not in SECOND_FACTOR_CHOICES
        or most_sessions not in MOST_SESSIONS_RANGE
    ):
        raise Problem("unknown_choice", N_("Choose one of the values offered."))
    before = sign_in_rules(session)
    for key, value, old in (
        (PASSWORD_PROFILE, profile, before.profile.name),
        (SECOND_FACTOR, second_factor, before.second_factor),
        (MOST_SESSIONS, most_sessions, before.most_sessions),
    ):
        if value != old:
            set_setting(session, root, key, value, actor)
