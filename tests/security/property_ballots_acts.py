"""What staff send about owners and their ballots; whoever votes themselves is named in no audit row."""

from __future__ import annotations

from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.property_rating.owners import services as owners
from pointsys.plugins.property_rating.registry.models import PropertyDwelling
from tests.factories import make_person
from tests.security.act import Act, Things
from tests.security.conftest import Populated
from tests.security.realm import marker


def co_owner(populated: Populated, act: Act) -> Things:
    """A second owner of the place's dwelling, who does not vote."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, populated.realm.areas[act.place])
        query = select(PropertyDwelling).where(
            PropertyDwelling.public_id == populated.realm.things[act.place]["dwelling"]
        )
        dwelling = session.scalars(query).one()
        proof = owners.prove(session, dwelling, make_person(session, area, "共有人"), "visit", SYSTEM)
        return {"proof": proof.public_id}


_ANSWERS = {"a-clean": "100", "a-safe": "75", "a-repair": "0"}
ACTS = (
    Act(
        "property_owners.new", "property.owner_proven",
        {"estate": "{estate}", "door": "1栋 102", "name": marker("happy", "人"), "method": "certificate"},
    ),
    Act("property_owners.end", "property.owner_ended"),
    Act("property_owners.vote", "property.voter_named", before=co_owner),
    Act(
        "property_ballots.make_slips", "property.slips_made", {"entrant": "{entrant}"}, role="office", place="happy"
    ),
    Act("property_ballots_assist.enter", "property.ballot_cast", {"method": "paper", **_ANSWERS}),
    Act(
        "property_rest_ballots.assist", "property.ballot_cast",
        {"dwelling": "{dwelling}", "method": "visit", "score": "80"},
    ),
)  # fmt: skip
_NAMELESS = "a ballot's audit row names nobody: tests/plugins/property_rating/ballots/"
ELSEWHERE = {
    "property_ballots_own.vote": f"{_NAMELESS}test_pages.py",
    "property_ballots_public.answer": f"{_NAMELESS}test_pages.py",
    "property_ballots_public.enter": "with the code of a slip: tests/plugins/property_rating/ballots/test_pages.py",
    "property_rest_ballots.cast": f"{_NAMELESS}test_rest.py",
}
