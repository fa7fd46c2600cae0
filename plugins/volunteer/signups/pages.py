"""What this part adds to pages of the core: cards for staff and members, and a block of the public page."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Card, Counts, Person, PublicBlock, current_site

from ..people.guardians import wards_of
from ..teams.queries import rows_of
from . import listing, queries

MOST_PUBLIC = 5


def dashboard_counts(area: Area) -> Counts:
    """Sign-ups that wait for approval."""
    return (queries.counting_undecided(area.id).scalar_subquery(),)


def dashboard_cards(counts: Sequence[int]) -> Sequence[Card]:
    """Sign-ups that wait for approval, while there are some."""
    (count,) = counts
    if not count:
        return ()
    return (
        Card(
            title=gettext("Sign-ups to be approved"),
            value=str(count),
            note=gettext("the nearest shift first"),
            endpoint="volunteer_signups.waiting",
            permission="volunteer.signups",
        ),
    )


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's next shift and changes not seen yet; without any, the way to what looks for volunteers."""
    own = rows_of(session, person.id)
    wards = [ward.id for ward in wards_of(session, own, current_site().today())]
    found = queries.ahead(session, [*own, *wards])
    if found.news:
        note = gettext("New: %(n)s changed. Have a look.", n=found.news)
    elif found.starts_at is not None:
        at = current_site().local(found.starts_at)
        note = gettext("Next: %(title)s, %(at)s", title=found.title, at=at.strftime("%m-%d %H:%M"))
    else:
        note = gettext("See what looks for volunteers")
    to_read = found.news or found.count
    return (
        Card(
            title=gettext("My shifts"),
            value=str(found.count),
            note=note,
            endpoint="volunteer_my_signups.mine" if to_read else "volunteer_my_signups.recruiting",
        ),
    )


def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The next activities that everybody may sign up for."""
    rows = listing.public_below(session, area.id, limit=MOST_PUBLIC)
    if not rows:
        return ()
    return (
        PublicBlock(
            gettext("Volunteers wanted"), "volunteer/signups_public_block.html", {"rows": rows, "area": area}
        ),
    )
