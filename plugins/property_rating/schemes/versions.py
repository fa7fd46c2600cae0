"""Published versions of schemes: frozen texts of an area, known there and below."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    AreaClosure,
    Conflict,
    ancestors,
    audit,
    current_site,
    sha256_of,
    subtree,
)

from .findings import Findings, SchemeRefused, is_sound
from .lint import lint
from .models import PropertySchemeVersion
from .reading import build, load, name_needed, parse
from .scheme import CREDIT, Scheme


def scheme_of(version: PropertySchemeVersion) -> Scheme:
    """The scheme of a version; read once for each text."""
    return _read(version.text, version.scheme_id)


@lru_cache(maxsize=64)
def _read(text: str, scheme_id: str) -> Scheme:
    return parse(text, scheme_id, scheme_id)


def check(text: str) -> tuple[Scheme | None, Findings]:
    """The scheme of a text (None with faults) and what the linter says; Problem bad_toml, no_scheme or name_needed."""
    found = load(text)
    if len(found) > 1:
        raise name_needed(found)
    scheme_id, data = next(iter(found.items()))
    remarks = lint(scheme_id, data)
    return (build(scheme_id, data) if is_sound(remarks) and isinstance(data, dict) else None), remarks


def publish(session: Session, area: Area, text: str, actor: Actor) -> PropertySchemeVersion:
    """Publish a text as the next version of its scheme in an area.

    Raises the Problems of ``check``, SchemeRefused for faults, and Conflict unchanged for the text that is in force.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").strip() + "\n"
    scheme, remarks = check(text)
    if scheme is None:
        raise SchemeRefused(remarks)
    # Two who publish at once must not take the same number.
    session.refresh(area, with_for_update=True)
    mine = select(PropertySchemeVersion).where(
        PropertySchemeVersion.area_id == area.id, PropertySchemeVersion.scheme_id == scheme.id
    )
    last = session.scalar(mine.order_by(PropertySchemeVersion.no.desc()).limit(1))
    digest = sha256_of(text)
    if last is not None and last.sha256 == digest:
        raise Conflict("unchanged", N_("This very text is published already."), field="text")
    row = PropertySchemeVersion(
        area_id=area.id, scheme_id=scheme.id, no=last.no + 1 if last is not None else 1, kind=scheme.kind,
        title=scheme.title, text=text, sha256=digest, published_at=current_site().now(),
        published_by=actor.label,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "property.scheme_published", "property_scheme_version", row.public_id, area_id=area.id,
        after={"scheme": scheme.id, "no": row.no, "sha256": digest},
    )  # fmt: skip
    return row


def in_force(session: Session, area_id: int) -> list[PropertySchemeVersion]:
    """The newest version of each scheme of an area and the areas above, by title; one statement."""
    newest = (
        select(func.max(PropertySchemeVersion.id))
        .where(PropertySchemeVersion.area_id.in_(ancestors(area_id)))
        .group_by(PropertySchemeVersion.area_id, PropertySchemeVersion.scheme_id)
    )
    query = select(PropertySchemeVersion).where(PropertySchemeVersion.id.in_(newest))
    return list(session.scalars(query.order_by(PropertySchemeVersion.title, PropertySchemeVersion.id)))


def credit_scheme(session: Session, area_id: int) -> PropertySchemeVersion | None:
    """The credit scheme that is in force in an area: that of the nearest area, the newest of it; one statement."""
    return session.scalar(
        select(PropertySchemeVersion)
        .join(AreaClosure, AreaClosure.ancestor_id == PropertySchemeVersion.area_id)
        .where(AreaClosure.descendant_id == area_id, PropertySchemeVersion.kind == CREDIT)
        .order_by(AreaClosure.depth, PropertySchemeVersion.id.desc())
        .limit(1)
    )


def versions_known(session: Session, area_id: int) -> Sequence[PropertySchemeVersion]:
    """All versions that concern an area: its own, those above and those below it, the newest first."""
    query = select(PropertySchemeVersion).where(_known(area_id))
    return session.scalars(query.order_by(PropertySchemeVersion.id.desc())).all()


def version_known(session: Session, area_id: int, public_id: str) -> PropertySchemeVersion | None:
    """One version that concerns an area; None where there is none."""
    return session.scalar(
        select(PropertySchemeVersion).where(PropertySchemeVersion.public_id == public_id, _known(area_id))
    )


def _known(area_id: int) -> ColumnElement[bool]:
    return or_(
        PropertySchemeVersion.area_id.in_(ancestors(area_id)),
        PropertySchemeVersion.area_id.in_(subtree(area_id)),
    )
