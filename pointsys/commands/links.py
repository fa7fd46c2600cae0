"""Addresses that the command line hands out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from pointsys.config import Config
    from pointsys.core.accounts.models import Account

ANYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104  (addresses to recognise, not to bind to)
SIGN_IN_VALID = timedelta(hours=24)


def address(host: str, port: int) -> str:
    """What to type into a browser of this machine."""
    name = "127.0.0.1" if host in ANYWHERE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def base_url(config: Config) -> str:
    """The site's address as people outside know it, without a slash at its end."""
    return config.base_url.rstrip("/") or address(config.host, config.port)


def sign_in_link(session: Session, account: Account, base: str, valid: timedelta = SIGN_IN_VALID) -> str:
    """The address of a fresh one-time link that signs ``account`` in."""
    from pointsys.core.accounts import links as account_links

    token = account_links.create_link(session, account_links.SIGN_IN, account_id=account.id, valid=valid)
    return f"{base}/l/{token}"


def first_run_link(session: Session, base: str) -> str:
    """The address of the page on which an empty site gets its area and its first account."""
    from pointsys.core.accounts import links as account_links

    return (
        f"{base}/first-run/{account_links.create_link(session, account_links.FIRST_RUN, valid=SIGN_IN_VALID)}"
    )
