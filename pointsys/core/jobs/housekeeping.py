"""What the core does regularly: abandoned jobs, waiting results, and files and rows that have served their time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_

from pointsys.core.accounts.models import LoginFailure, LoginSession, OneTimeLink, SignInCode, SignInRecord
from pointsys.core.accounts.records import oldest_kept
from pointsys.core.accounts.sessions import ABSOLUTE, IDLE
from pointsys.core.accounts.throttle import LOCK
from pointsys.core.jobs import periodic, queue, results, services
from pointsys.core.jobs.kinds import Periodic
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_

# A used or expired link still says "this is gone" for a while, which helps more than "no such page".
LINKS_KEPT = timedelta(days=7)


def sweep_jobs(now: datetime) -> None:
    """Queue the jobs of processes that died again, and those of which the queue has lost the name."""
    with unit_of_work(drain=False) as session:
        waiting = services.sweep(session)
    queue.publish_lost(waiting)


def drain_pending(now: datetime) -> None:
    """Work off the marks that an interrupted command or a failing plugin left behind."""
    from pointsys.core.pending import drain, pending_count

    with read_scope() as session:
        waiting = pending_count(session)
    if waiting:
        drain()


def clear_files(now: datetime) -> None:
    """Files of jobs and other temporary ones, when their day is over."""
    with unit_of_work(drain=False) as session:
        results.forget_expired(session, now)
    results.clear_temp(now)


def clear_exports(now: datetime) -> None:
    """Exports that nobody fetched in time, and windows of limits that are over."""
    from pointsys.core import rate_limits
    from pointsys.core.exports.services import expire

    with unit_of_work(drain=False) as session:
        expire(session, now)
        rate_limits.clear(session, now)


def clear_alerts(now: datetime) -> None:
    """Alerts that somebody looked at long ago."""
    from pointsys.core import alerts

    with unit_of_work(drain=False) as session:
        alerts.clear(session, now)


def clear_batches(now: datetime) -> None:
    """Rows of imports that nobody applied within a day."""
    from pointsys.core.imports.staging import expire

    with unit_of_work(drain=False) as session:
        expire(session)


def clear_sessions(now: datetime) -> None:
    """Sessions that have ended by themselves, old links, and counters of failed sign-ins that count no more."""
    over = or_(LoginSession.created_at < now - ABSOLUTE, LoginSession.last_seen_at < now - IDLE)
    with unit_of_work(drain=False) as session:
        for statement in (
            delete(LoginSession).where(over),
            delete(OneTimeLink).where(OneTimeLink.expires_at < now - LINKS_KEPT),
            delete(SignInCode).where(SignInCode.expires_at < now),
            delete(SignInRecord).where(SignInRecord.at < oldest_kept(now)),
            delete(LoginFailure).where(LoginFailure.since < now - LOCK),
        ):
            session.execute(statement.execution_options(synchronize_session=False))


def clear_keys(now: datetime) -> None:
    """Answers kept for callers of the interface who ask again."""
    from pointsys.core.idempotency import purge

    with unit_of_work(drain=False) as session:
        purge(session)


def clear_pictures(now: datetime) -> None:
    """Files of pictures that no row names: their upload was cut off, or their row is gone."""
    from pointsys.core.attachments.services import sweep_orphans

    with read_scope() as session:
        sweep_orphans(session)


def close_people(now: datetime) -> None:
    """Erasures and freezes that a restore undid, should it have ended before they were carried out again."""
    from pointsys.core.privacy.again import every_night

    every_night(now)


def clear_jobs(now: datetime) -> None:
    """Rows of jobs and of turns that nobody looks at any more."""
    with unit_of_work(drain=False) as session:
        services.forget_old(session, now)
        periodic.forget_old(session, now)


JOBS = (
    Periodic("jobs.sweep", N_("Interrupted jobs"), sweep_jobs, every_minutes=1),
    Periodic("pending.drain", N_("Results not computed yet"), drain_pending, every_minutes=1),
    Periodic("files.clear", N_("Expired files"), clear_files, every_minutes=60),
    Periodic("exports.clear", N_("Exports nobody fetched"), clear_exports, every_minutes=60),
    Periodic("imports.clear", N_("Imports nobody finished"), clear_batches, every_minutes=60),
    Periodic("sessions.clear", N_("Ended sessions"), clear_sessions, every_minutes=60),
    Periodic("keys.clear", N_("Answers kept for repeated requests"), clear_keys, at="03:10"),
    Periodic("pictures.clear", N_("Pictures nobody refers to"), clear_pictures, at="03:15"),
    Periodic("alerts.clear", N_("Old alerts"), clear_alerts, at="03:25"),
    Periodic("privacy.again", N_("Erasures after a restore"), close_people, at="03:25"),
    Periodic("jobs.clear", N_("Old jobs"), clear_jobs, at="03:20"),
)
