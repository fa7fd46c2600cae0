"""What can be objected to: entries and notices here, a plugin's own things by ``PluginInfo.objection_subjects``.

Each kind of subject is looked up by its outside id and says who answers, whom it concerns, and who had a part in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Decision, Entry
from pointsys.core.publicity.models import POSTED, Publicity
from pointsys.core.site import current_site
from pointsys.kit.problems import N_

ENTRY = "entry"
PUBLICITY = "publicity"


@dataclass(frozen=True)
class Subject:
    """One thing that is objected to.

    ``person_id`` is the one person who may object, None where everybody may. ``accounts`` and ``labels`` are those
    who recorded, confirmed or published it and so do not answer. ``last_day`` is the last local date to object;
    ``over`` says that it cannot be objected to any more. ``page`` is the endpoint of its page for staff, which takes
    the area's code and ``arguments``.
    """

    title: str
    area_id: int
    person_id: int | None
    accounts: frozenset[int] = frozenset()
    labels: frozenset[str] = frozenset()
    last_day: date | None = None
    over: bool = False
    page: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SubjectKind:
    """A kind of subject: ``name`` is "entry", "publicity" or "<slug>.<thing>", ``title`` its words."""

    name: str
    title: str
    find: Callable[[Session, str], Subject | None]


def _entry(session: Session, public_id: str) -> Subject | None:
    entry = session.scalar(select(Entry).where(Entry.public_id == public_id))
    if entry is None:
        return None
    decided = session.execute(
        select(Decision.account_id, Decision.actor).where(Decision.entry_id == entry.id)
    ).all()
    actors = [(entry.recorded_by_account, entry.recorded_by), *decided]
    return Subject(
        title=f"{entry.title} {entry.local_date.isoformat()}",
        area_id=entry.area_id,
        person_id=entry.person_id,
        accounts=frozenset(account for account, _label in actors if account is not None),
        labels=frozenset(label for account, label in actors if account is None),
    )


def _publicity(session: Session, public_id: str) -> Subject | None:
    notice = session.scalar(select(Publicity).where(Publicity.public_id == public_id))
    if notice is None:
        return None
    account = notice.posted_by_account
    return Subject(
        title=notice.title,
        area_id=notice.area_id,
        person_id=None,
        accounts=frozenset() if account is None else frozenset({account}),
        labels=frozenset({notice.posted_by}) if account is None else frozenset(),
        last_day=notice.objections_until,
        over=notice.state != POSTED,
    )


CORE = (
    SubjectKind(ENTRY, N_("Entry"), _entry),
    SubjectKind(PUBLICITY, N_("Notice"), _publicity),
)


def subject_kinds() -> dict[str, SubjectKind]:
    """All kinds of subjects of this site by name."""
    found = {kind.name: kind for kind in CORE}
    for info in current_site().host.plugins.values():
        found.update((kind.name, kind) for kind in info.objection_subjects)
    return found


def find_subject(session: Session, subject_type: str, subject_id: str) -> Subject | None:
    """The subject, or None where there is no such kind or thing."""
    kind = subject_kinds().get(subject_type)
    return kind.find(session, subject_id) if kind else None
