"""What is sent about rounds, sheets, vetoes and appeals."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.property_rating.ballots.models import PropertyVoter
from pointsys.plugins.property_rating.owners import services as owners
from pointsys.plugins.property_rating.owners.models import PropertyOwnerProof
from pointsys.plugins.property_rating.registry.models import PropertyCompanyAccount, PropertyDwelling
from pointsys.plugins.property_rating.rounds import publishing, services, tally
from pointsys.plugins.property_rating.rounds.models import PropertyEntrant, PropertyRound
from pointsys.plugins.property_rating.rounds.records import (
    COMPANY,
    UPHELD,
    PropertyAppeal,
    PropertyAppealSupport,
)
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from tests.factories import make_person
from tests.security.act import Act, Things
from tests.security.conftest import Populated
from tests.security.property_rounds import draft_of


def _round(session: Session, populated: Populated, act: Act) -> PropertyRound:
    wanted = populated.realm.things[act.place]["rated_round"]
    return session.scalars(select(PropertyRound).where(PropertyRound.public_id == wanted)).one()


def _appeal(session: Session, populated: Populated, act: Act) -> PropertyAppeal:
    wanted = populated.realm.things[act.place]["appeal"]
    return session.scalars(select(PropertyAppeal).where(PropertyAppeal.public_id == wanted)).one()


def drafted(populated: Populated, act: Act) -> Things:
    """A draft of the place."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, populated.realm.areas[act.place])
        version = session.scalars(
            select(PropertySchemeVersion).where(
                PropertySchemeVersion.public_id == populated.realm.things[act.place]["rated_version"]
            )
        ).one()
        draft = services.draft_round(session, area, draft_of(version, "又一轮", "2026"), SYSTEM)
        return {"rated_round": draft.public_id}


def tallied(populated: Populated, act: Act) -> Things:
    """The place's round is tallied."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        tally.tally(session, _round(session, populated, act), SYSTEM, "提前")
    return {}


def settled(populated: Populated, act: Act) -> Things:
    """The place's round is tallied, and its appeal was ruled on."""
    tallied(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        _appeal(session, populated, act).state = "rejected"
    return {}


def published(populated: Populated, act: Act) -> Things:
    """The place's round is published, without an appeal, and the liaison acts for its company."""
    settled(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        round_ = _round(session, populated, act)
        entrant = session.scalars(select(PropertyEntrant).where(PropertyEntrant.round_id == round_.id)).one()
        publishing.publish(session, round_, 3, SYSTEM)
        session.add(
            PropertyCompanyAccount(
                account_id=populated.realm.accounts["liaison"], company_id=entrant.company_id,
                from_on=date(2026, 1, 1), linked_at=current_site().now(), linked_by="test",
            )
        )  # fmt: skip
    return {}


def appealed(populated: Populated, act: Act) -> Things:
    """The same, with its appeal open again."""
    published(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        _appeal(session, populated, act).state = "open"
    return {}


def appealed_by_company(populated: Populated, act: Act) -> Things:
    """The same, raised by the company."""
    appealed(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        _appeal(session, populated, act).side = COMPANY
    return {}


def upheld(populated: Populated, act: Act) -> Things:
    """The place's round is tallied, and its appeal was upheld."""
    tallied(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        _appeal(session, populated, act).state = UPHELD
    return {}


def signed(populated: Populated, act: Act) -> Things:
    """The same; an owner on the roll whose signature waits, and another one who may sign."""
    appealed(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        round_ = _round(session, populated, act)
        entrant = session.scalars(select(PropertyEntrant).where(PropertyEntrant.round_id == round_.id)).one()
        wanted = populated.realm.things[act.place]
        appeal = _appeal(session, populated, act)
        home = session.scalars(
            select(PropertyDwelling).where(PropertyDwelling.public_id == wanted["dwelling"])
        ).one()
        entrant.estate_id = home.estate_id
        area = session.get_one(Area, populated.realm.areas[act.place])
        one, other = (make_person(session, area, name) for name in ("签名业主", "另一业主"))
        for proof in session.scalars(
            select(PropertyOwnerProof).where(PropertyOwnerProof.dwelling_id == home.id)
        ):
            proof.ended_on, proof.votes = current_site().today(), False
        session.flush()
        owners.prove(session, home, one, "register", SYSTEM)
        session.add_all(
            [
                PropertyVoter(
                    round_id=round_.id, entrant_id=entrant.id, dwelling_id=home.id, head="f" * 16,
                    public_id="f" * 16,
                ),
                PropertyAppealSupport(
                    appeal_id=appeal.id, person_id=other.id, joined_on=current_site().today(), method="paper",
                    dwelling_id=home.id, waits=True, entered_by="test",
                ),
            ]
        )  # fmt: skip
    return {}


_OFFICE: dict[str, Any] = {"role": "office", "place": "happy"}
_FORM = {
    "title": "年度测评", "scheme": "{rated_version}", "period": "2026", "first_on": "2026-01-01",
    "last_on": "2026-12-31", "collect_until": "2026-12-01", "organiser": "街道", "per": "unit",
}  # fmt: skip
_SHEET = {"part": "management", "rater": "专家", "value": "90", "evidence": "现场查看"}
_VETO = {"event": "挪用资金", "status": "alleged"}

ACTS = (
    Act(
        "property_rounds_draft.new", "property.round_drafted", {**_FORM, "scheme": "{street.rated_version}"},
        **_OFFICE,
    ),
    Act("property_rounds_draft.change", "property.round_changed", _FORM, before=drafted, **_OFFICE),
    Act("property_rounds_acts.open_", "property.round_opened", before=drafted, **_OFFICE),
    Act(
        "property_rounds_acts.withdraw", "property.round_withdrawn", {"reason": "重复"}, before=drafted, **_OFFICE
    ),
    Act("property_rounds_acts.count", "property.round_tallied", {"reason": "提前"}, **_OFFICE),
    Act("property_rounds_acts.publish", "property.round_published", {"days": "3"}, before=settled, **_OFFICE),
    Act(
        "property_rounds_acts.take_down", "property.round_taken_down", {"reason": "有误"}, before=published,
        **_OFFICE,
    ),
    Act("property_rounds_acts.final", "property.round_final", before=published, days=40, **_OFFICE),
    Act("property_rounds_acts.sheet", "property.round_sheet", _SHEET),
    Act("property_rounds_acts.sheet_back", "property.round_sheet_back", {"reason": "重评"}),
    Act("property_rounds_acts.veto", "property.round_veto", _VETO, **_OFFICE),
    Act("property_rounds_acts.veto_back", "property.round_veto_back", {"reason": "有误"}, **_OFFICE),
    Act(
        "property_rounds_acts.rule", "property.round_rejected", {"outcome": "rejected", "reason": "核对无误"},
        before=appealed, role="committee",
    ),
    Act("property_company.reply", "property.round_replied", {"text": "已整改"}, before=published, role="liaison"),
    Act("property_company.appeal", "property.round_appealed", {"text": "有误"}, before=published, role="liaison"),
    # programs
    Act("property_rest_rounds.count_signatures", "property.support_counted", {"appeal": "{appeal}"}, before=signed),
    Act(
        "property_rest_rounds.sign", "property.support_entered",
        {"appeal": "{appeal}", "dwelling": "{dwelling}", "owner": "签名业主"}, before=signed,
    ),
    Act(
        "property_rest_rounds.withdraw", "property.round_withdrawn", {"reason": "重复"}, before=drafted, **_OFFICE
    ),
    Act("property_rest_rounds.sheet", "property.round_sheet", {**_SHEET, "entrant": "{rated_entrant}"}),
    Act("property_rest_rounds.veto", "property.round_veto", {**_VETO, "entrant": "{rated_entrant}"}, **_OFFICE),
    Act(
        "property_rest_rounds.rule", "property.round_rejected",
        {"appeal": "{appeal}", "outcome": "rejected", "reason": "核对无误"}, before=appealed, role="committee",
    ),
    Act(
        "property_rest_rounds.appeal", "property.round_appealed", {"entrant": "{rated_entrant}", "text": "有误"},
        before=published, role="liaison",
    ),
    Act(
        "property_rest_rounds.retract", "property.round_retracted", {"appeal": "{appeal}"},
        before=appealed_by_company, role="liaison",
    ),
    Act(
        "property_rest_rounds.unchanged", "property.round_unchanged", {"appeal": "{appeal}", "reason": "核对无误"},
        before=upheld, **_OFFICE,
    ),
)  # fmt: skip
_PATH = "one step of a path: tests/plugins/property_rating/rounds/"
ELSEWHERE = {
    "property_company.owner_appeal": f"{_PATH}test_pages.py",
    "property_company.support": f"{_PATH}test_pages.py",
    **dict.fromkeys(
        (
            "property_company.owner_retract", "property_company.retract", "property_rounds_acts.keep",
            "property_rounds_acts.unchanged", "property_rounds_signatures.compare", "property_rounds_signatures.enter",
        ),
        f"{_PATH}test_pages.py",
    ),
    **{
        f"property_rest_rounds.{name}": f"{_PATH}test_path.py"
        for name in (
            "draft", "open_", "tally_", "publish", "support", "final", "keep",
        )
    },
}  # fmt: skip
