"""A round that is rated by hand, in every place, with a sheet and its photo, a veto and an appeal."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.attachments.pictures import read_picture
from pointsys.core.site import current_site
from pointsys.plugins.property_rating.registry.models import (
    PropertyCompany,
    PropertyContract,
    PropertyEstate,
)
from pointsys.plugins.property_rating.rounds import services, sheets
from pointsys.plugins.property_rating.rounds.models import COLLECTING, PropertyEntrant
from pointsys.plugins.property_rating.rounds.queries import sheet_rows
from pointsys.plugins.property_rating.rounds.records import OWNERS, PropertyAppeal
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion

SCHEME = """
[scheme.rated]
title = "评分办法"
kind = "weighted"
parts = [ { id = "management", weight = "1" } ]
bands = [ { min = "60", stars = 5 }, { min = "0", stars = 0 } ]
veto = { effect = "stars=0", status = "confirmed" }
"""


def things(
    session: Session, area: Area, made: dict[str, str], words: str, photo: bytes, actor: Actor
) -> dict[str, str]:
    """``made`` has the place's estate and company; ``words`` are the round's title and the sheet's evidence."""
    now = current_site().now()
    estate = session.scalars(select(PropertyEstate).where(PropertyEstate.public_id == made["estate"])).one()
    company = session.scalars(
        select(PropertyCompany).where(PropertyCompany.public_id == made["company"])
    ).one()
    session.add(
        PropertyContract(
            estate_id=estate.id, company_id=company.id, from_on=date(2025, 1, 1), created_at=now,
            created_by=actor.label,
        )
    )  # fmt: skip
    version = PropertySchemeVersion(
        area_id=area.id, scheme_id="rated", no=1, kind="weighted", title="评分办法", text=SCHEME, sha256="1" * 64,
        published_at=now, published_by=actor.label,
    )  # fmt: skip
    session.add(version)
    session.flush()
    round_ = services.draft_round(session, area, draft_of(version, words, "2025"), actor)
    round_.state, round_.opened_at = COLLECTING, now
    entrant = PropertyEntrant(round_id=round_.id, estate_id=estate.id, company_id=company.id, households=2)
    session.add(entrant)
    session.flush()
    sheet = sheets.fill_sheet(
        session, round_, entrant, "management", "评分单位", "88", words, actor,
        photos=[read_picture(photo, "a.png")],
    )  # fmt: skip
    veto = sheets.record_veto(session, round_, entrant, words, "alleged", actor)
    appeal = PropertyAppeal(
        entrant_id=entrant.id, round_no=0, side=OWNERS, words=words, needed=1, supporting=1, raised_at=now,
        raised_by=actor.label, raised_by_account=actor.account_id,
    )  # fmt: skip
    session.add(appeal)
    session.flush()
    return {
        "rated_version": version.public_id,
        "rated_round": round_.public_id,
        "rated_entrant": entrant.public_id,
        "rating_sheet": sheet.public_id,
        "rating_photo": sheet_rows(session, [entrant.id])[0].photos[0].public_id,
        "veto": veto.public_id,
        "appeal": appeal.public_id,
    }


def draft_of(version: PropertySchemeVersion, title: str, period: str) -> services.Draft:
    today = current_site().today()
    return services.Draft(
        title=title, version=version, period=period, first_on=date(int(period), 1, 1),
        last_on=date(int(period), 12, 31), collect_until=today + timedelta(days=5), organiser="街道办事处",
    )  # fmt: skip


# The same names in addresses for other things than elsewhere.
RATED = {
    **{
        (name, "round"): "rated_round"
        for name in (
            "property_rounds", "property_rounds_acts", "property_rounds_draft", "property_rest_rounds",
        )
    },
    **{
        (name, "entrant"): "rated_entrant"
        for name in ("property_rounds", "property_rounds_acts", "property_company")
    },
    ("property_rounds_acts", "sheet"): "rating_sheet",
    ("property_rounds", "photo"): "rating_photo",
    ("property_company", "photo"): "rating_photo",
}  # fmt: skip
