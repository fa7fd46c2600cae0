"""Who acts: an account with its roles, the operator of the command line, or the system itself."""

from __future__ import annotations

import getpass
from dataclasses import dataclass


@dataclass(frozen=True)
class Grant:
    """A role on an area and everything below it."""

    role: str
    area_id: int


@dataclass(frozen=True)
class Actor:
    """The one who acts. ``label`` goes into the audit log and change histories; it holds no personal data."""

    label: str
    account_id: int | None = None
    person_id: int | None = None
    grants: tuple[Grant, ...] = ()
    address: str = ""
    # The operator has the machine itself; what they may do is not a question of roles.
    unrestricted: bool = False
    # A token brings only these permissions of its owner's roles; None for all of them.
    only: frozenset[str] | None = None
    # The account's public id, for the audit log, which looks it up where it is missing.
    account: str = ""


SYSTEM = Actor("system", unrestricted=True)
NOBODY = Actor("anonymous")
# Stands in histories that others read for somebody something was done for, whose name they are not to learn. No login
# has a blank.
RECIPIENT_LABEL = "the recipient"


def operator() -> Actor:
    """The person at the command line, named by their account on the machine."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = "unknown"
    return Actor(f"operator:{name}", unrestricted=True)
