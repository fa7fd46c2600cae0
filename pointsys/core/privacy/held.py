"""The words of the register: which columns of a table hold what of people, why, how long, and what erasing does.

Plugins say it in ``PluginInfo.held`` for their tables, the core in ``register``. A column that nobody names fails a
test, so that nothing of a person is stored without a reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from pointsys.kit.problems import N_

# What erasing does to the columns.
CLEARED = "cleared"  # by code that knows the table: emptied, or the row goes
LABEL = "label"  # the login of an erased account becomes a word that names nobody
NUMBERS = "numbers"  # emptied where the phone, ID number or login of the person stands in it
SEARCHED = "searched"  # the same, and where the name stands in it: what somebody looked for
ACCOUNT = "account"  # rows of the person's account go
KEPT = "kept"  # stays: it says what was done, and no longer by whom
EXPIRES = "expires"  # gone by itself within days

GENERAL, SENSITIVE, SECRET = "general", "sensitive", "secret"
LEVELS = {
    GENERAL: N_("general"),
    SENSITIVE: N_("sensitive"),
    SECRET: N_("secret"),
}
CONSENT, DUTY = "consent", "duty"
BASES = {
    CONSENT: N_("your consent"),
    DUTY: N_("a duty by law"),
}


@dataclass(frozen=True)
class Group:
    """What belongs together for a reader: ``title``, ``purpose`` and ``retention`` are texts of the catalog."""

    key: str
    title: str
    basis: str
    purpose: str
    retention: str
    level: str = GENERAL
    optional: bool = False


BASICS = Group(
    "basics", N_("Name, sex and birth date"), CONSENT,
    N_("To know who took part, to tell people of the same name apart, and to protect children"),
    N_("As long as you take part; erased when you ask"),
)  # fmt: skip
CONTACT = Group(
    "contact", N_("Phone number"), CONSENT, N_("To reach you about activities and about your record"),
    N_("As long as you take part; erased when you ask"), SENSITIVE, optional=True,
)  # fmt: skip
IDENTITY = Group(
    "identity", N_("ID number"), CONSENT, N_("To tell people of the same name apart without a doubt"),
    N_("As long as you take part; erased when you ask"), SENSITIVE, optional=True,
)  # fmt: skip
PLACE = Group(
    "place", N_("Where you belong, and since when"), CONSENT,
    N_("So that hours and points count in the right community"), N_("With the record of what was done"),
)  # fmt: skip
RECORD = Group(
    "record", N_("What you took part in, and what was decided on it"), DUTY,
    N_("To record voluntary service and Party members' activity truthfully, and to certify it when you ask"),
    N_("Kept; after an erasure without your name"),
)  # fmt: skip
MEMBERSHIP = Group(
    "membership", N_("Party membership"), DUTY, N_("To keep the points of Party members"),
    N_("Kept; after an erasure without your name"), SENSITIVE,
)  # fmt: skip
DOCUMENTS = Group(
    "documents", N_("Documents that were issued to you"), DUTY,
    N_("So that anybody you show one to can check it"), N_("Kept; after an erasure only number and state"),
)  # fmt: skip
AGREED = Group(
    "agreed", N_("What you were told and agreed to"), DUTY, N_("To prove that you were told and asked"),
    N_("Kept; after an erasure without your name"),
)  # fmt: skip
REQUESTS = Group(
    "requests", N_("Your objections and requests, with the answers"), DUTY, N_("To answer them, and to prove it"),
    N_("Kept; after an erasure without words and names"),
)  # fmt: skip
ACCOUNT_GROUP = Group(
    "account", N_("Your account and your sign-ins"), CONSENT, N_("So that nobody else signs in as you"),
    N_("Until the account is deleted; sign-ins for a year at most"), SECRET, optional=True,
)  # fmt: skip
ACTS = Group(
    "acts", N_("Who recorded, changed or looked at something"), DUTY,
    N_("So that every change can be proven, and misuse is found"), N_("At least 180 days, usually three years"),
)  # fmt: skip
PASSING = Group(
    "passing", N_("Files that are brought in or taken away"), DUTY, N_("To import a roster and to hand out lists"),
    N_("A day, at most a week"), SENSITIVE,
)  # fmt: skip

GROUPS = (
    BASICS, CONTACT, IDENTITY, PLACE, RECORD, MEMBERSHIP, DOCUMENTS, AGREED, REQUESTS, ACCOUNT_GROUP, ACTS, PASSING,
)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """Columns of a table that hold ``group``'s data, and what erasing does to them; no group: nothing personal."""

    table: str
    columns: tuple[str, ...]
    group: Group | None = None
    erasure: str = KEPT


def held(table: str, columns: str, group: Group, erasure: str = KEPT) -> Held:
    """``Held`` with the columns as words of one line."""
    return Held(table, tuple(columns.split()), group, erasure)


def plain(table: str, columns: str) -> Held:
    """Columns that hold nothing of anybody."""
    return Held(table, tuple(columns.split()))
