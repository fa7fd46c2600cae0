"""What schemes may ask of a member beyond the check-in: attributes by person, as the facts say."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session


def attributes_of(session: Session, people: Collection[int]) -> dict[int, Mapping[str, object]]:
    """Attributes of the members among ``people`` (kept ids), for ``facts.person``: {person id: {"role": code}}."""
    return {}
