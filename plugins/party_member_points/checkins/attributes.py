"""What schemes may ask of a member beyond the check-in: attributes by person, as the facts say."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import chunks

from ..models import PointsBranch, PointsHomeUnit, PointsMember


def attributes_of(session: Session, people: Collection[int]) -> dict[int, Mapping[str, object]]:
    """Attributes of the members among ``people`` (kept ids), for ``facts.person``, in one statement.

    ``role`` is the post in the branch (a key of ``posts.POSTS``), ``branch`` and ``home_unit`` are names; what is not
    known is left out, so that a condition on it does not hold.
    """
    found: dict[int, Mapping[str, object]] = {}
    for part in chunks(sorted(people)):
        rows = session.execute(
            select(PointsMember.person_id, PointsMember.post, PointsBranch.name, PointsHomeUnit.name)
            .outerjoin(PointsBranch, PointsBranch.id == PointsMember.branch_id)
            .outerjoin(PointsHomeUnit, PointsHomeUnit.id == PointsMember.home_unit_id)
            .where(PointsMember.person_id.in_(part))
        )
        for person_id, post, branch, unit in rows:
            known = {"role": post, "branch": branch, "home_unit": unit}
            found[person_id] = {key: value for key, value in known.items() if value}
    return found
