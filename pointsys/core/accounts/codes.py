"""Codes that staff hand out in person (S-47): eight digits on a slip, good once together with the sign-in name.

Few digits are enough because wrong ones are counted: ten of them, from wherever, make the code void. What is stored is
an HMAC under the site's secret, since all codes together are tried in a moment.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.links import retire_links
from pointsys.core.accounts.models import Account, SignInCode
from pointsys.core.actors import Actor
from pointsys.core.database import table_of, upsert
from pointsys.core.site import current_site
from pointsys.kit.identity import normalise_text

DIGITS = 8
# At the counter: long enough to find one's glasses.
VALID = timedelta(minutes=30)
MOST_FAILURES = 10


def _code_hash(account: Account, code: str) -> str:
    text = f"account.code:{account.public_id}:{code}"
    return hmac.new(current_site().keyring.secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def grouped(code: str) -> str:
    """A code as it is read aloud and typed: ``1234 5678``."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def make_code(session: Session, account: Account, actor: Actor, *, valid: timedelta = VALID) -> str:
    """A code for the account's holder, who stands here or gets the slip; earlier codes and links are void.

    Returns eight digits, which are stored nowhere. ``valid`` is longer for slips that are handed round.
    """
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    retire_links(session, account.id)
    row = {
        "account_id": account.id,
        "code_hash": _code_hash(account, code),
        "expires_at": current_site().now() + valid,
        "failures": 0,
    }
    insert = upsert(session, SignInCode)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["account_id"],
            set_={name: insert.excluded[name] for name in ("code_hash", "expires_at", "failures")},
        ),
        [row],
    )
    audit.write(session, actor, "account.code_made", "account", account.public_id)
    return code


def code_until(session: Session, account: Account) -> datetime | None:
    """Until when a code that was handed out is good; None when there is none."""
    row = session.get(SignInCode, account.id)
    return row.expires_at if row is not None and row.expires_at > current_site().now() else None


def use_code(session: Session, account: Account, typed: str) -> bool:
    """Spend the code if it is the account's: of two uses at the same time one wins. A wrong one is counted."""
    digits = "".join(ch for ch in normalise_text(typed) if ch.isdigit())
    table = table_of(SignInCode)
    spent = session.execute(
        delete(table).where(
            table.c.account_id == account.id,
            table.c.code_hash == _code_hash(account, digits),
            table.c.expires_at > current_site().now(),
            table.c.failures < MOST_FAILURES,
        )
    )
    if spent.rowcount == 1:  # type: ignore[attr-defined]
        # The link that stands beside it on the slip has done its work too.
        retire_links(session, account.id)
        return True
    session.execute(
        update(table).where(table.c.account_id == account.id).values(failures=table.c.failures + 1)
    )
    return False
