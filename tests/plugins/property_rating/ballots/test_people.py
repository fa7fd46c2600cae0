"""Owners as people: noting and ending on pages, participation in the log, copies, erasure and merged rows."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.site import Site, current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.ballots import participation, roll
from pointsys.plugins.property_rating.ballots import personal as ballots_personal
from pointsys.plugins.property_rating.ballots.models import PHONE, SELF, TOKEN, PropertyVoter
from pointsys.plugins.property_rating.owners import personal as owners_personal
from pointsys.plugins.property_rating.owners import services as owners
from pointsys.plugins.property_rating.owners.models import PropertyOwnerProof
from pointsys.plugins.property_rating.rounds.models import COMPUTED
from tests.browsers import Browser, World
from tests.factories import make_person, make_tree
from tests.plugins.property_rating.ballots import urn
from tests.plugins.property_rating.ballots.test_casting import the_round, vote

# The engine has no part in these; votes at once are tried on both in ``test_casting``.
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def counted_round(session: Session) -> dict[str, int]:
    """李甲 voted for two dwellings, 李乙 was helped, for 李丙 somebody with the slip did; the round is counted."""
    tree = make_tree(session)
    people = {name: make_person(session, tree["happy"], name).id for name in ("李甲", "李乙", "李丙", "李丁")}
    round_ = urn.make_draft(session, tree["happy"], [urn.make_estate(session, tree["happy"], 6)])
    for number, name in ((101, "李甲"), (102, "李甲"), (103, "李乙"), (104, "李丙"), (105, "李丁")):
        urn.own(session, number, people[name])
    urn.open_round(session, round_)
    for number in (101, 102):
        vote(session, number, people=(people["李甲"],))
    vote(session, 103, method=PHONE)
    urn.row_of(session, 104).token_hash = "f" * 64
    vote(session, 104, method=TOKEN)
    round_.state, round_.computed_at = COMPUTED, current_site().now()
    return people


@pytest.mark.parametrize("wanted", [True, False])
def test_taking_part_becomes_one_entry_a_round_where_the_area_wants_it(site: Site, wanted: bool) -> None:
    with unit_of_work(drain=False) as session:
        people = counted_round(session)
        set_setting(
            session, session.get_one(Area, the_round(session).area_id), participation.NAME, wanted, SYSTEM
        )
    for _twice in range(2):
        participation.LOG.run(site.now())
    with read_scope() as session:
        entries = session.scalars(select(Entry).order_by(Entry.person_id)).all()
        assert [entry.person_id for entry in entries] == ([people["李甲"], people["李乙"]] if wanted else [])
        told = {(entry.status, entry.source, entry.title, entry.starts_at) for entry in entries}
        assert told <= {("confirmed", "property", "二季度测评", None)}


def test_merged_rows_are_one_owner_and_an_erased_one_owns_nothing(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        people = counted_round(session)
        kept, merged = (session.get_one(Person, people[name]) for name in ("李丁", "李甲"))
        merge_people(session, kept, merged, SYSTEM)
        rows = [kept.id, merged.id]
        row = roll.own_voter(session, the_round(session), urn.home(session, 101).public_id, rows)
        assert row.dwelling_id == urn.home(session, 101).id
        with pytest.raises(Problem) as caught:
            urn.own(session, 101, kept)
        assert caught.value.code == "already_proven"
        copy = owners_personal.export(session, kept.id, rows), ballots_personal.export(session, kept.id, rows)
        parts: list[Any] = [part for one in copy for part in one.values()]
        assert [len(part) for part in parts] == [3, 3]
        assert {name for one in copy for name in one} == {"dwellings", "rounds"}
        assert "score" not in str(copy)
    with unit_of_work(drain=False) as session:
        owners_personal.erase(session, people["李乙"], [people["李乙"]])
    with unit_of_work(drain=False) as session:
        open_proofs = session.scalars(
            select(PropertyOwnerProof.person_id).where(PropertyOwnerProof.ended_on.is_(None))
        )
        assert people["李乙"] not in set(open_proofs)
        assert len(urn.ballots(session)) == 4
        assert session.scalars(
            select(PropertyVoter.method).where(PropertyVoter.person_id == people["李乙"])
        ).all() == [PHONE]
        urn.own(session, 103, people["李丙"])


def test_nobody_proves_their_own_dwelling_and_the_register_is_read_once(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        me, other = (make_person(session, tree["happy"], name) for name in ("张一", "张二"))
        urn.make_estate(session, tree["happy"], 3)
        homes = [urn.home(session, number) for number in (101, 102, 103)]
        with pytest.raises(Problem) as caught:
            owners.prove(session, homes[0], me, "visit", Actor("worker", 1, me.id))
        assert caught.value.code == "self_check"
        homes[2].unsold = True
        with pytest.raises(Problem) as caught:
            owners.prove(session, homes[2], me, "visit", SYSTEM)
        assert caught.value.code == "unsold"
        pairs = [
            (homes[0].id, me.id),
            (homes[0].id, other.id),
            (homes[1].id, other.id),
            (homes[1].id, other.id),
        ]
        first = owners.prove_many(session, tree["happy"].id, pairs, SYSTEM)
        again = owners.prove_many(session, tree["happy"].id, pairs, SYSTEM)
        assert (first.noted, again.noted) == (3, 0)
        proofs = session.execute(select(PropertyOwnerProof.person_id, PropertyOwnerProof.votes)).all()
        assert sorted(map(tuple, proofs)) == [(me.id, True), (other.id, False), (other.id, True)]
        mine = session.scalars(
            select(PropertyOwnerProof).where(PropertyOwnerProof.dwelling_id == homes[0].id)
        )
        first_owner, second_owner = sorted(mine, key=lambda proof: not proof.votes)
        with pytest.raises(Problem) as caught:
            owners.name_voter(session, second_owner, Actor("worker", 1, other.id))
        assert caught.value.code == "self_check"
        owners.name_voter(session, second_owner, Actor("worker", 1, me.id))
        assert (first_owner.votes, second_owner.votes) == (False, True)
        assert SELF not in {proof.method for proof in session.scalars(select(PropertyOwnerProof))}


def test_staff_note_owners_and_move_the_vote_on_pages(app: Flask, world: World, worker: Browser) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = session.get_one(Area, world.areas["happy"])
        estate = urn.make_estate(session, happy, 3)
        urn.make_draft(session, happy, [estate])
        for _namesake in range(2):
            make_person(session, happy, "王芳")
        estate_id = estate.public_id
    base = f"/a/{world.codes['happy']}/property/owners"
    form = {"estate": estate_id, "door": "1栋 101", "name": "钱福", "method": "certificate"}
    assert worker.post(f"{base}/new", form).status_code == 303
    for wrong in (
        {"door": "9栋 101"},
        {"door": ""},
        {"name": "查无此人"},
        {"method": "guess"},
        {"on": "2030-01-01"},
        {},
    ):
        assert worker.post(f"{base}/new", {**form, **wrong}).status_code in (409, 422), wrong
    choose = worker.post(f"{base}/new", {**form, "name": "王芳"})
    assert choose.status_code == 422
    with app.app_context(), read_scope() as session:
        namesake = session.scalars(select(Person.public_id).where(Person.name == "王芳")).first()
    assert str(namesake) in choose.text
    assert worker.post(f"{base}/new", {**form, "name": "王芳", "person": namesake}).status_code == 303
    rows = worker.page(f"{base}?estate={estate_id}&q=101").select("tbody tr")
    assert [row.select_one("td.lead").get_text() for row in rows] == ["桂花苑 1栋 101"] * 2  # type: ignore[union-attr]
    second = rows[1].select("form")
    # Back to the list as it was filtered.
    back = worker.post(str(second[0]["action"]))
    assert (back.status_code, f"estate={estate_id}" in back.location, "q=101" in back.location) == (
        303,
        True,
        True,
    )
    assert worker.post(str(second[1]["action"])).status_code == 303
    (left,) = worker.page(base).select("tbody tr")
    assert "钱福" in left.get_text()
    assert "王芳" in worker.page(f"{base}?state=ended").get_text()
