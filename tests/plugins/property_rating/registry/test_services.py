"""Companies, estates, contracts, managers and sheets in the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.database import db
from pointsys.core.people.merging import merge_people
from pointsys.core.permissions import UNIT_LIAISON
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.owners.models import PropertyOwnerProof
from pointsys.plugins.property_rating.registry import (
    companies,
    contracts,
    estates,
    importing,
    managers,
    planning,
    queries,
    sheets,
)
from pointsys.plugins.property_rating.registry.models import (
    PropertyContract,
    PropertyDwelling,
    PropertyEstate,
    PropertyImport,
    PropertyManager,
)
from pointsys.plugins.property_rating.rounds.models import PropertyEntrant
from pointsys.plugins.property_rating.rounds.records import PropertyAppeal, PropertyAppealSupport
from tests.browsers import counted
from tests.conftest import FixedClock
from tests.factories import actor_of, make_account, make_person, make_tree
from tests.plugins.property_rating.ballots import urn

ANJU = companies.CompanyData("91350100M000100Y43", "安居物业")
HENGJIA = companies.CompanyData("91110000600037341L", "恒家物业")
JULY = date(2026, 7, 10)


def refused(act: Any, *args: Any) -> str:
    """The code of a refusal."""
    with pytest.raises(Problem) as caught:
        act(*args)
    return caught.value.code


def span(first: str, last: str | None = None) -> contracts.ContractData:
    """Days of a contract."""
    return contracts.ContractData(date.fromisoformat(first), date.fromisoformat(last) if last else None)


def settle(session: Session, tree: dict[str, Area], name: str = "桂花苑") -> PropertyEstate:
    """An estate of 幸福社区."""
    return estates.add_estate(session, tree["happy"], estates.EstateData(name, households=300), SYSTEM)


def test_a_company_is_kept_once_for_the_sub_district_and_known_in_its_communities(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        made = companies.add_company(session, tree["happy"], ANJU, SYSTEM)
        assert made.area_id == tree["street"].id
        for place in ("street", "happy", "sunny", "grid1"):
            assert queries.companies_known(session, tree[place].id) == [made]
        same = companies.CompanyData("91350100m000100y43", "别的名字")
        assert refused(companies.add_company, session, tree["sunny"], same, SYSTEM) == "company_exists"
        wrong = companies.CompanyData("91350100M000100Y44", "安居物业")
        assert refused(companies.add_company, session, tree["sunny"], wrong, SYSTEM) == "bad_uscc"


def test_a_community_changes_a_company_that_works_for_it_alone(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        made = companies.add_company(session, tree["happy"], ANJU, SYSTEM)
        contracts.make_contract(session, settle(session, tree), made, span("2026-01-01"), SYSTEM)
        better = companies.CompanyData("", "安居物业服务有限公司")
        companies.change_company(session, tree["happy"].id, made, better, SYSTEM)
        assert (made.name, made.uscc) == ("安居物业服务有限公司", ANJU.uscc)
        args = (session, tree["sunny"].id, made, ANJU, SYSTEM)
        assert refused(companies.change_company, *args) == "not_keeper"
        other = estates.add_estate(session, tree["sunny"], estates.EstateData("翠湖居"), SYSTEM)
        contracts.make_contract(session, other, made, span("2026-01-01"), SYSTEM)
        assert (
            refused(companies.change_company, session, tree["happy"].id, made, ANJU, SYSTEM) == "not_keeper"
        )
        companies.change_company(session, tree["street"].id, made, ANJU, SYSTEM)
        closing = (session, tree["street"].id, made, True, SYSTEM)
        assert refused(companies.close_company, *closing) == "contract_runs"


def test_no_two_contracts_share_a_day_and_both_ends_are_inside(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = settle(session, tree)
        first = companies.add_company(session, tree["happy"], ANJU, SYSTEM)
        second = companies.add_company(session, tree["happy"], HENGJIA, SYSTEM)
        old = contracts.make_contract(session, estate, first, span("2025-01-01", "2026-06-30"), SYSTEM)
        for days in (span("2026-06-30"), span("2024-12-01", "2025-01-01"), span("2025-05-01", "2025-05-01")):
            args = (session, estate, second, days, SYSTEM)
            assert refused(contracts.make_contract, *args) == "contract_overlaps"
        contracts.make_contract(session, estate, second, span("2026-07-01"), SYSTEM)
        found = [queries.company_on(session, [estate.id], date(*day)) for day in
                 ((2024, 12, 31), (2025, 1, 1), (2026, 6, 30), (2026, 7, 1))]  # fmt: skip
        assert found == [{}, {estate.id: first.id}, {estate.id: first.id}, {estate.id: second.id}]
        assert queries.estates_of_company(session, [first.id, second.id], JULY) == {second.id: [estate.id]}
        longer = (session, estate, old, date(2026, 7, 1), SYSTEM)
        assert refused(contracts.end_contract, *longer) == "bad_days"
        contracts.end_contract(session, estate, old, date(2026, 5, 31), SYSTEM)
        assert queries.company_on(session, [estate.id], date(2026, 6, 1)) == {}


def test_managers_follow_each_other_and_leave_with_the_contract(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = settle(session, tree)
        args: tuple[Any, ...] = (session, estate, "王经理", JULY, SYSTEM)
        assert refused(managers.name_manager, *args) == "no_company"
        company = companies.add_company(session, tree["happy"], ANJU, SYSTEM)
        contract = contracts.make_contract(session, estate, company, span("2026-01-01"), SYSTEM)
        wang = managers.name_manager(session, estate, "王经理", date(2026, 1, 1), SYSTEM)
        li = managers.name_manager(session, estate, "李经理", date(2026, 4, 1), SYSTEM)
        assert wang.to_on == date(2026, 3, 31)
        early = (session, estate, "张经理", date(2026, 4, 1), SYSTEM)
        assert refused(managers.name_manager, *early) == "bad_days"
        assert refused(managers.replace, session, li, " ", SYSTEM) == "reason_required"
        managers.replace(session, li, "连续两次黑榜", SYSTEM)
        assert (li.to_on, li.ended_reason) == (JULY, "连续两次黑榜")
        assert refused(managers.replace, session, li, "再次", SYSTEM) == "manager_ended"
        zhao = managers.name_manager(session, estate, "赵经理", JULY + timedelta(days=1), SYSTEM)
        contracts.end_contract(session, estate, contract, date(2026, 8, 31), SYSTEM)
        session.refresh(zhao)
        assert zhao.to_on == date(2026, 8, 31)
        named = queries.managers_on(session, [estate.id], date(2026, 8, 31))
        assert [one.name for one in named[estate.id]] == ["赵经理"]


def test_only_dwellings_that_are_sold_and_there_have_a_say(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate, other = settle(session, tree), settle(session, tree, "翠湖居")
        assert estates.add_dwellings(session, estate, "1栋", "101~110", False, SYSTEM) == 10
        assert estates.add_dwellings(session, estate, "１栋", "110~112", False, SYSTEM) == 2
        assert estates.add_dwellings(session, estate, "2栋", "101 102", True, SYSTEM) == 2
        homes = session.scalars(select(PropertyDwelling).order_by(PropertyDwelling.id)).all()
        chosen = [homes[0].public_id, homes[1].public_id]
        wrong = (session, other, chosen, estates.CLOSE, SYSTEM)
        assert refused(estates.set_dwellings, *wrong) == "unknown_dwelling"
        assert estates.set_dwellings(session, estate, chosen, estates.CLOSE, SYSTEM) == 2
        session.expire_all()
        assert len(session.execute(queries.voting_dwellings([estate.id, other.id])).all()) == 10
        assert queries.dwelling_labels(session, [homes[0].id]) == {homes[0].id: "1栋 101"}
        estates.close_estate(session, estate, True, SYSTEM)
        args = (session, estate, "1栋", "1", False, SYSTEM)
        assert refused(estates.add_dwellings, *args) == "estate_closed"
        assert queries.estates_below(session, tree["street"].id) == [other]


def test_an_account_acts_for_a_company_while_link_and_role_last(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        company = companies.add_company(session, tree["happy"], ANJU, SYSTEM)
        account = accounts.create_account(session, "anju", SYSTEM)
        accounts.grant_role(session, account, UNIT_LIAISON, tree["happy"], SYSTEM)
        grant = Grant(UNIT_LIAISON, tree["happy"].id)
        linking = (session, tree["sunny"], company, account.public_id, SYSTEM)
        assert refused(companies.link_account, *linking) == "not_a_liaison"
        link = companies.link_account(session, tree["happy"], company, account.public_id, SYSTEM)
        again = (session, tree["happy"], company, account.public_id, SYSTEM)
        assert refused(companies.link_account, *again) == "already_linked"
        actor = Actor("anju", account_id=account.id, grants=(grant,))
        assert queries.companies_of_actor(session, actor, JULY) == [company.id]
        assert queries.companies_of_actor(session, actor, JULY - timedelta(days=1)) == []
        assert queries.companies_of_actor(session, Actor("anju", account_id=account.id), JULY) == []
        assert queries.accounts_of_company(session, company.id, JULY) == {account.id}
        own = Actor("anju", account_id=account.id, grants=(grant,))
        other = companies.add_company(session, tree["happy"], HENGJIA, SYSTEM)
        mine = (session, tree["happy"], other, account.public_id, own)
        assert refused(companies.link_account, *mine) == "own_matter"
        assert companies.end_link(session, tree["happy"].id, other, link.public_id, SYSTEM) is None
        companies.end_link(session, tree["happy"].id, company, link.public_id, SYSTEM)
        assert queries.companies_of_actor(session, actor, JULY) == []
        args = (session, tree["happy"].id, company, link.public_id, SYSTEM)
        assert refused(companies.end_link, *args) == "link_ended"


def test_two_contracts_made_at_once_leave_one(app: Flask) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = settle(session, tree).public_id
        firms = [
            companies.add_company(session, tree["happy"], one, SYSTEM).public_id for one in (ANJU, HENGJIA)
        ]
        area_id = tree["happy"].id
    gate = Barrier(2)

    def make(company: str) -> str:
        with app.app_context():
            try:
                with unit_of_work(drain=False) as session:
                    found = queries.estate_below(session, area_id, estate)
                    firm = queries.company_known(session, area_id, company)
                    assert found is not None
                    assert firm is not None
                    if db.engine.dialect.name == "postgresql":
                        # SQLite lets one writer in at a time anyway.
                        gate.wait(10)
                    contracts.make_contract(session, found, firm, span("2026-01-01"), SYSTEM)
            except Problem as problem:
                return problem.code
            return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, firms)) == ["contract_overlaps", "made"]
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).select_from(PropertyContract)) == 1


def rows_of(homes: int) -> list[sheets.Row]:
    """A sheet: two estates, one with a contract, its manager and so many dwellings."""
    first = sheets.Row(2, "幸福社区", "桂花苑", kind="commercial", households=homes, company="安居物业",
                       uscc=ANJU.uscc, from_on="2026-01-01", to_on="2027-12-31", manager="王经理")  # fmt: skip
    some = [
        sheets.Row(3 + place, "幸福社区", "桂花苑", building=f"{1 + place // 100}栋", dwelling=str(101 + place),
                   unsold=place % 10 == 9)
        for place in range(homes)
    ]  # fmt: skip
    return [first, *some, sheets.Row(3 + homes, "阳光社区", "翠湖居")]


def sheet_of(rows: list[sheets.Row]) -> sheets.Sheet:
    """Rows as a sheet that was read wholly."""
    return sheets.Sheet(rows, ["小区"], [], [])


def test_a_sheet_adds_what_is_missing_once_and_can_be_taken_back(app: Flask) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        tree = make_tree(session)
        before = settle(session, tree, "老院")
        taken = importing.take(session, tree["street"], "小区.xlsx", sheet_of(rows_of(250)), SYSTEM)
        counts = importing.apply(session, taken, SYSTEM)
        assert counts == {"companies": 1, "estates": 2, "buildings": 3, "dwellings": 250, "contracts": 1,
                          "managers": 1, "owners": 0, "rows": 252, "faults": 0, "left": 0, "remarks": 0,
                          "unsold": 25}  # fmt: skip
        estate = session.scalars(select(PropertyEstate).where(PropertyEstate.name == "桂花苑")).one()
        assert len(session.execute(queries.voting_dwellings([estate.id])).all()) == 225
        assert list(queries.company_on(session, [estate.id], JULY)) == [estate.id]
        again = planning.plan_of(session, tree["street"], rows_of(250))
        assert (again.adds, again.present, again.faults) == (False, 252, [])
        assert refused(importing.apply, session, taken, SYSTEM) == "bad_state"
        assert importing.undo(session, taken, SYSTEM) == 258
        assert [one.id for one in queries.estates_below(session, tree["street"].id)] == [before.id]
        assert queries.companies_known(session, tree["street"].id) == []
        assert session.scalar(select(func.count()).select_from(PropertyManager)) == 0
        events = session.scalars(select(AuditRow.event).where(AuditRow.event.like("property.import%"))).all()
        assert events == ["property.import_taken", "property.import_applied", "property.import_undone"]


def owners_sheet() -> sheets.Sheet:
    """Six dwellings with owners: two of one, one of somebody unknown, one of namesakes, one of who brings it."""
    named = [("李一", "周二"), ("李一",), ("无此人",), ("王同名",), ("经办人",), ()]
    rows = [
        sheets.Row(2 + place, "幸福社区", "桂花苑", building="1栋", dwelling=str(101 + place), owners=owners)
        for place, owners in enumerate(named)
    ]
    return sheet_of(rows)


def test_owners_of_a_sheet_are_noted_where_staff_say_how_they_were_checked(
    site: Site, clock: FixedClock
) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        happy = tree["happy"]
        one, two, own = (make_person(session, happy, name) for name in ("李一", "周二", "经办人"))
        for _same in range(2):
            make_person(session, happy, "王同名")
        make_person(session, tree["sunny"], "无此人")
        clerk = make_account(session, person=own)
        actor = actor_of(clerk)
        taken = importing.take(session, happy, "业主.xlsx", owners_sheet(), actor)
        plan = planning.plan_of(session, happy, sheets.unpack(taken.rows), actor)
        assert [(row.number, problem.code) for row, problem in plan.remarks] == [
            (4, "unknown_person"), (5, "several_people"), (6, "self_check"),
        ]  # fmt: skip
        assert (plan.faults, plan.counts["owners"], plan.counts["dwellings"]) == ([], 3, 6)
        assert refused(importing.apply, session, taken, actor, "rumour") == "bad_method"
    with unit_of_work(drain=False) as session:
        taken = session.scalars(select(PropertyImport)).one()
        counts = importing.apply(session, taken, actor, "certificate")
        assert (counts["owners"], counts["left"], counts["remarks"]) == (3, 0, 3)
        proofs = session.scalars(select(PropertyOwnerProof).order_by(PropertyOwnerProof.id)).all()
        assert [(proof.person_id, proof.votes, proof.method) for proof in proofs] == [
            (one.id, True, "certificate"), (two.id, False, "certificate"), (one.id, True, "certificate"),
        ]  # fmt: skip
        again = planning.plan_of(session, tree["happy"], owners_sheet().rows, actor)
        assert (again.adds, len(again.remarks)) == (False, 3)
        # Left out, they are counted as such.
        more = sheets.Row(9, "幸福社区", "桂花苑", building="1栋", dwelling="106", owners=("周二",))
        later = importing.take(session, tree["happy"], "", sheet_of([more]), SYSTEM)
        assert importing.apply(session, later, SYSTEM)["left"] == 1
        # Names wait a week at most, and go at once with the person.
        waiting = importing.take(session, tree["happy"], "", owners_sheet(), SYSTEM)
        importing.forget_owners(session, ["李一"])
        assert [row.owners for row in sheets.unpack(waiting.rows)][:3] == [("周二",), (), ("无此人",)]
        assert importing.undo(session, taken, SYSTEM) == 3 + 6 + 1 + 1
    clock.advance(days=8)
    importing.drop_old(site.now())
    with read_scope() as session:
        states = session.scalars(select(PropertyImport.state).order_by(PropertyImport.id)).all()
        assert states == ["undone", "applied", "dropped"]


def test_an_import_that_something_speaks_of_stays(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        taken = importing.take(session, tree["street"], "", sheet_of(rows_of(3)), SYSTEM)
        importing.apply(session, taken, SYSTEM)
        home = session.scalars(select(PropertyDwelling).limit(1)).one()
        person = make_person(session, tree["happy"], "李一")
        session.add(
            PropertyOwnerProof(
                person_id=person.id,
                dwelling_id=home.id,
                method="register",
                checked_on=JULY,
                checked_at=site.now(),
                checked_by="test",
            )
        )
        session.flush()
        assert refused(importing.undo, session, taken, SYSTEM) == "import_in_use"
        assert taken.state == importing.APPLIED
        assert session.scalar(select(func.count()).select_from(PropertyDwelling)) == 3


def test_an_owner_whom_a_roll_or_an_appeal_knows_under_another_row_stays(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = urn.make_estate(session, tree["happy"], 2)
        owner, other = (make_person(session, tree["happy"], name) for name in ("李一", "李壹"))
        cells = {
            "estate": estate.name,
            "building": "1栋",
            "number": "101",
            "owners": "李一",
            "area": "幸福社区",
        }
        taken = importing.take(session, tree["street"], "", sheet_of([sheets.read_row(2, cells)]), SYSTEM)
        assert importing.apply(session, taken, SYSTEM, "register")["owners"] == 1
        # Merged since, so that the roll and the appeal name the row that is kept.
        merge_people(session, other, owner, SYSTEM)
        round_ = urn.make_draft(session, tree["street"], [estate])
        entrant = session.scalars(select(PropertyEntrant)).one()
        appeal = PropertyAppeal(
            entrant_id=entrant.id, round_no=1, side="owners", words="不公", raised_at=site.now(), raised_by="test"
        )  # fmt: skip
        session.add(appeal)
        session.flush()
        signed = PropertyAppealSupport(appeal_id=appeal.id, person_id=other.id, joined_on=JULY)
        session.add(signed)
        session.flush()
        assert refused(importing.undo, session, taken, SYSTEM) == "import_in_use"
        session.delete(signed)
        urn.open_round(session, round_)
        assert urn.row_of(session, 101).person_id == other.id
        assert refused(importing.undo, session, taken, SYSTEM) == "import_in_use"


def test_rows_that_contradict_what_is_there_are_named_and_left_out(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        importing.apply(
            session, importing.take(session, tree["street"], "", sheet_of(rows_of(2)), SYSTEM), SYSTEM
        )
        closed = settle(session, tree, "旧院")
        estates.close_estate(session, closed, True, SYSTEM)
        base: dict[str, Any] = {"area": "幸福社区", "estate": "桂花苑"}
        deal: dict[str, Any] = {
            "company": "安居物业",
            "uscc": ANJU.uscc,
            "from_on": "2026-01-01",
            "to_on": "2027-12-31",
        }
        other: dict[str, Any] = {"company": "恒家物业", "uscc": HENGJIA.uscc, "from_on": "2027-01-01"}
        wrong = [
            ("unknown_area", {"area": "别处社区", "estate": "桂花苑"}),
            ("which_area", {"estate": "桂花苑"}),
            ("estate_closed", {"area": "幸福社区", "estate": "旧院"}),
            ("name_differs", {**base, **deal, "company": "安乐物业"}),
            ("no_name", {**base, **other, "company": ""}),
            ("contract_overlaps", {**base, **other}),
            ("manager_differs", {**base, **deal, "manager": "李经理"}),
            ("unsold_differs", {**base, "building": "1栋", "dwelling": "101", "unsold": True}),
        ]
        rows = [sheets.Row(place, **values) for place, (_code, values) in enumerate(wrong, start=2)]
        plan = planning.plan_of(session, tree["street"], rows)
        assert [problem.code for _row, problem in plan.faults] == [code for code, _values in wrong]
        assert not plan.adds
        # What is here already stays, and that is said.
        plan = planning.plan_of(session, tree["street"], [sheets.Row(2, **base, households=7)])
        assert [problem.code for _row, problem in plan.remarks] == ["estate_differs"]
        # The second contract of a sheet is held against the first one too.
        twice = [sheets.Row(2, "幸福社区", "新苑", **deal), sheets.Row(3, "幸福社区", "新苑", **other)]
        plan = planning.plan_of(session, tree["street"], twice)
        assert [problem.code for _row, problem in plan.faults] == ["contract_overlaps"]
        assert plan.counts == {"companies": 0, "estates": 1, "buildings": 0, "dwellings": 0, "contracts": 1,
                               "managers": 0, "owners": 0}  # fmt: skip


def test_looking_a_sheet_over_takes_as_many_statements_however_long_it_is(app: Flask) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        tree = make_tree(session)
        importing.apply(
            session, importing.take(session, tree["street"], "", sheet_of(rows_of(120)), SYSTEM), SYSTEM
        )
        area_id = tree["street"].id
    asked = []
    for homes in (10, 120):
        with counted(app) as statements, app.app_context(), read_scope() as session:
            planning.plan_of(session, session.get_one(Area, area_id), rows_of(homes))
        asked.append(len(statements))
    assert asked[0] == asked[1]
    assert asked[0] <= 9
