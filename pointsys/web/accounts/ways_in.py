"""Ways into an account that its administrator hands over: a link, or a code for somebody who stands at the desk.

A first link waits a day for its holder; one for somebody who forgot the password lasts ten minutes (S-47). The holder
is told, and the other administrators where it is the account of one of them.
"""

from __future__ import annotations

from datetime import timedelta

from flask import url_for
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts import codes, links, notices
from pointsys.core.accounts.models import Account
from pointsys.web.access import current_actor
from pointsys.web.accounts.frame import base_url

FIRST_LINK_VALID = timedelta(hours=24)
LINK_VALID = timedelta(minutes=10)


def valid_for(account: Account) -> timedelta:
    """How long a link into this account works."""
    return FIRST_LINK_VALID if account.password_hash is None else LINK_VALID


def sign_in_link(session: Session, account: Account) -> str:
    """The address of a fresh one-time link into ``account``; those that nobody has used yet are void."""
    token = links.renew_link(session, account, valid_for(account))
    audit.write(session, current_actor(), "account.link", "account", account.public_id)
    notices.tell_of_link(session, account, current_actor())
    return base_url() + url_for("auth.one_time_link", token=token)


def sign_in_code(session: Session, account: Account) -> str:
    """A fresh one-time code for the holder, who stands here; links and codes before it are void."""
    code = codes.make_code(session, account, current_actor())
    notices.tell_of_link(session, account, current_actor())
    return codes.grouped(code)
