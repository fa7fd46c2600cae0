"""How often somebody may do something within some minutes, counted for all processes and nodes together (S-39).

``spend`` counts in the caller's transaction, so that an act that is undone is not counted; ``spend_alone`` counts in
one of its own what counts even if it fails; ``Shares`` takes a part of the limit at a time and hands it out from
memory, for what happens so often that a write each time would cost more than the act. A limit is of an account, or of
an address for what strangers do: a whole office may have one address, so limits by address are of failures alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import Integer, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsys.core.actors import Actor
from pointsys.core.database import Base, upsert
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_, Problem

# No window is longer, and none is looked at once it is over.
KEPT = timedelta(days=1)
# A process takes a tenth of a limit at a time, so that few processes leave little of it unused.
SHARES = 10


class RateWindow(Base):
    """How much of a limit was used in one window; ``who`` is an account or an address."""

    __tablename__ = "rate_window"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    who: Mapped[str] = mapped_column(String(100), primary_key=True)
    begins: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    used: Mapped[int] = mapped_column(Integer)


class TooMany(Problem):
    """A limit is used up; answered with 429, and ``alert`` names the kind of alert that this raises, if any.

    ``noted`` once it stands in the audit log for this window: a flood must not fill the log.
    """

    def __init__(self, name: str, who: str, until: datetime, alert: str = "", *, noted: bool = False) -> None:
        seconds = max(1, round((until - current_site().now()).total_seconds()))
        super().__init__(
            "too_many",
            N_("That was too often in a short time. Nothing was done; try again in %(minutes)s minutes."),
            minutes=-(-seconds // 60),
        )
        self.name, self.who, self.alert, self.retry_after, self.noted = name, who, alert, seconds, noted


def of_account(actor: Actor) -> str:
    """The one whose limit it is: the account, or the address of somebody without one."""
    return f"account:{actor.account_id}" if actor.account_id is not None else of_address(actor.address)


def of_address(address: str) -> str:
    """The limit of everybody who comes from one address."""
    return f"address:{address}"[:100]


def window_at(now: datetime, minutes: int) -> tuple[datetime, datetime]:
    """The window of so many minutes that ``now`` lies in: its beginning and its end."""
    length = timedelta(minutes=minutes)
    begins = now - (now - datetime(1970, 1, 1, tzinfo=UTC)) % length
    return begins, begins + length


def used(session: Session, name: str, who: str, minutes: int) -> int:
    """How much of a limit was used in the present window."""
    begins, _ends = window_at(current_site().now(), minutes)
    return (
        session.scalar(
            select(RateWindow.used).where(
                RateWindow.name == name, RateWindow.who == who, RateWindow.begins == begins
            )
        )
        or 0
    )


def spend(
    session: Session, name: str, who: str, limit: int, minutes: int, *, amount: int = 1, alert: str = ""
) -> int:
    """Use ``amount`` of what ``who`` has in a window of ``minutes``; one statement.

    Returns how much of the window is used now, so that a caller can warn before the end; raises TooMany.
    """
    begins, ends = window_at(current_site().now(), minutes)
    after = RateWindow.used + amount
    found = None
    if amount <= limit:
        found = session.scalar(
            upsert(session, RateWindow)
            .values(name=name, who=who, begins=begins, used=amount)
            .on_conflict_do_update(
                index_elements=["name", "who", "begins"], set_={"used": after}, where=after <= limit
            )
            .returning(RateWindow.used)
        )
    if found is None:
        raise TooMany(name, who, ends, alert)
    return int(found)


def spend_alone(name: str, who: str, limit: int, minutes: int, *, alert: str = "") -> int:
    """The same in a transaction of its own: a try counts even if what follows fails. Not inside a unit of work."""
    with unit_of_work(drain=False) as session:
        return spend(session, name, who, limit, minutes, alert=alert)


class Shares:
    """What this process has taken of shared limits and not used yet."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._lock = Lock()

    def use(self, name: str, who: str, limit: int, minutes: int, *, alert: str = "") -> None:
        """Use one, with a statement for every tenth of the limit only; raises TooMany. Not inside a unit of work."""
        begins, ends = window_at(current_site().now(), minutes)
        with self._lock:
            if len(self._left) > 10_000:
                self._left = {key: held for key, held in self._left.items() if held[0] >= begins}
            window, left = self._left.get((name, who), (begins, 0))
            if window == begins and left != 0:
                if left < 0:
                    raise TooMany(name, who, ends, noted=True)
                self._left[name, who] = begins, left - 1
                return
        share = max(1, limit // SHARES)
        try:
            with unit_of_work(drain=False) as session:
                spend(session, name, who, limit, minutes, amount=share, alert=alert)
        except TooMany:
            # Used up for this window: from now on nobody asks the database about it.
            with self._lock:
                self._left[name, who] = begins, -1
            raise
        with self._lock:
            window, left = self._left.get((name, who), (begins, 0))
            self._left[name, who] = begins, (max(0, left) if window == begins else 0) + share - 1

    def is_used_up(self, name: str, who: str, minutes: int) -> datetime | None:
        """The end of the window if this process knows that nothing is left of it; no statement."""
        begins, ends = window_at(current_site().now(), minutes)
        window, left = self._left.get((name, who), (begins, 0))
        return ends if left < 0 and window == begins else None


def clear(session: Session, now: datetime) -> None:
    """Drop windows that are over."""
    session.execute(
        delete(RateWindow).where(RateWindow.begins < now - KEPT).execution_options(synchronize_session=False)
    )
