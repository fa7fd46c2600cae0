"""Companies, estates and sheets on pages; who may not, and what is not theirs."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.property_rating.owners.models import PropertyOwnerProof
from pointsys.plugins.property_rating.registry import companies, contracts, estates, queries
from pointsys.plugins.property_rating.registry.models import (
    PropertyCompany,
    PropertyContract,
    PropertyEstate,
    PropertyImport,
    PropertyManager,
)
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import make_person

ANJU = "91350100M000100Y43"
HENGJIA = "91110000600037341L"


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


@pytest.fixture
def happy(app: Flask, world: World) -> str:
    """The start of addresses of 幸福社区, where the plugin is on, with 桂花苑 and its company 安居物业."""
    with app.app_context(), unit_of_work(drain=False) as session:
        street = session.get_one(Area, world.areas["street"])
        switch_plugin(session, street, "property_rating", True, SYSTEM)
        area = session.get_one(Area, world.areas["happy"])
        company = companies.add_company(session, area, companies.CompanyData(ANJU, "安居物业"), SYSTEM)
        estate = estates.add_estate(session, area, estates.EstateData("桂花苑", households=200), SYSTEM)
        contracts.make_contract(session, estate, company, contracts.ContractData(date(2026, 1, 1)), SYSTEM)
    return f"/a/{world.codes['happy']}/property"


def ids(app: Flask) -> tuple[str, str]:
    """Outside ids of the first estate and the first company."""
    with app.app_context(), read_scope() as session:
        estate = session.scalars(select(PropertyEstate).order_by(PropertyEstate.id)).first()
        company = session.scalars(select(PropertyCompany).order_by(PropertyCompany.id)).first()
        assert estate is not None
        assert company is not None
        return estate.public_id, company.public_id


def test_a_worker_enters_an_estate_its_company_contract_manager_and_dwellings(
    app: Flask, worker: Browser, happy: str, world: World
) -> None:
    bad = worker.post(f"{happy}/companies/new", {"uscc": HENGJIA[:-1] + "9", "name": "恒家物业"})
    assert bad.status_code == 422
    assert "逐位核对" in bad.text
    assert worker.post(f"{happy}/companies/new", {}).text.count("请填写此项") == 2
    made = worker.post(f"{happy}/companies/new", {"uscc": HENGJIA.lower(), "name": "恒家物业"})
    assert made.status_code == 303
    company = made.location.rsplit("/", 1)[1]
    form = {"area": world.codes["happy"], "name": "翠湖居", "kind": "old", "households": "90"}
    assert "请填整数" in worker.post(f"{happy}/estates/new", {**form, "households": "1.5"}).text
    made = worker.post(f"{happy}/estates/new", form)
    assert made.status_code == 303
    assert worker.post(f"{happy}/estates/new", form).status_code == 422
    one = made.location
    deal = {"company": company, "from_on": "2026-01-01", "to_on": "2026-08-01", "document_no": "物合1号"}
    worker.post(f"{one}/contracts", deal)
    assert "日期重叠" in worker.post(f"{one}/contracts", deal, follow_redirects=True).text
    assert (
        "2026-03-07"
        in worker.post(f"{one}/contracts", {**deal, "from_on": "明天"}, follow_redirects=True).text
    )
    worker.post(f"{one}/managers", {"name": "王国庆", "from_on": "2026-07-01"})
    worker.post(f"{one}/dwellings", {"building": "3栋", "numbers": "101~103 201"})
    text = worker.page(one).select_one("main")
    assert text is not None
    assert all(word in text.get_text() for word in ("恒家物业", "王国庆", "3栋", "物合1号"))
    homes = worker.page(f"{one}/dwellings")
    boxes = [str(box["value"]) for box in homes.select("td input[name=id]")]
    assert len(boxes) == 4
    worker.post(f"{one}/dwellings/set", {"id": boxes[:1], "act": "unsold"})
    unsold = worker.page(f"{one}/dwellings?state=unsold")
    assert [cell.get_text() for cell in unsold.select("td.lead")] == ["101"]
    with app.app_context(), read_scope() as session:
        manager = session.scalars(select(PropertyManager)).one().public_id
        contract = session.scalars(select(PropertyContract).order_by(PropertyContract.id.desc())).first()
        assert contract is not None
        ending = contract.public_id
    worker.post(f"{one}/managers/{manager}/replace", {"reason": "连续两次黑榜"})
    worker.post(f"{one}/contracts/{ending}/end", {"to_on": "2026-07-31"})
    shown = worker.page(one).get_text()
    assert "连续两次黑榜" in shown
    assert "2026-07-31" in shown
    worker.post(f"{one}/change", {"name": "翠湖雅居", "kind": "old"})
    worker.post(f"{happy}/companies/{company}/change", {"name": "恒家物业公司", "phone": "0991-7654321"})
    listed = worker.page(f"{happy}/estates?state=ending").get_text()
    assert "翠湖雅居" in listed
    assert "恒家物业公司" in listed
    assert "桂花苑" not in worker.page(f"{happy}/estates?q=翠湖").select_one("table.list").get_text()  # type: ignore[union-attr]
    worker.post(f"{one}/contracts/{ending}/end", {"to_on": "2026-07-09"})
    worker.post(f"{one}/close", {"closed": "1"})
    assert "翠湖雅居" in worker.page(f"{happy}/estates?state=closed").get_text()
    worker.post(f"{happy}/companies/{company}/close", {"closed": "1"})
    assert "恒家" in worker.page(f"{happy}/companies?state=closed").get_text()


def test_an_account_is_linked_to_a_company_and_the_link_ended(
    app: Flask, worker: Browser, happy: str, world: World
) -> None:
    _estate, company = ids(app)
    page = worker.page(f"{happy}/companies/{company}")
    account = next(str(one["value"]) for one in page.select("#account option") if one["value"])
    worker.post(f"{happy}/companies/{company}/accounts", {"account": account})
    form = worker.page(f"{happy}/companies/{company}").select_one("form[action$='/end']")
    assert form is not None
    with app.app_context(), read_scope() as session:
        row = session.scalars(select(PropertyCompany)).one()
        assert queries.accounts_of_company(session, row.id, date(2026, 7, 10)) == {world.accounts["liaison"]}
    worker.post(str(form["action"]))
    assert worker.page(f"{happy}/companies/{company}").select_one("form[action$='/end']") is None


def sheet_of(*rows: tuple[Any, ...]) -> bytes:
    """An .xlsx as offices send it: instructions come first, the titles stand above the rows of the second sheet."""
    book = Workbook()
    assert book.active is not None
    book.active.title = "填表说明"
    book.active.append(["请于月底前报送"])
    table = book.create_sheet("台账")
    table.append(["小区", "楼栋", "房号", "统一社会信用代码", "物业公司", "合同开始", "业主姓名", "业主电话"])
    for row in rows:
        table.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_a_sheet_is_looked_over_applied_and_taken_back(
    app: Flask, world: World, worker: Browser, happy: str
) -> None:
    assert worker.post(f"{happy}/import").status_code == 422
    long = worker.post(f"{happy}/import", {"text": "小区\n" + "a\n" * 80_000})
    assert (long.status_code, "请以文件" in long.text) == (422, True)
    with app.app_context(), unit_of_work(drain=False) as session:
        make_person(session, session.get_one(Area, world.areas["happy"]), "张三")
    template = worker.get(f"{happy}/import/template")
    assert load_workbook(io.BytesIO(template.data)).active["B1"].value == "小区"  # type: ignore[index]
    data = sheet_of(
        ("新苑", None, None, HENGJIA, "恒家物业", "2026-02-01"),
        ("新苑", "1栋", "101", None, None, None, "张三", "13800001234"),
        (None, None, "102", None, None, None),
        ("桂花苑", None, None, HENGJIA, "恒家物业", "2026-02-01"),
        ("桂花苑", None, None, None, None, None),
    )
    taken = worker.post(
        f"{happy}/import", {"file": (io.BytesIO(data), "小区.xlsx")}, content_type="multipart/form-data"
    )
    assert taken.status_code == 303
    look = worker.page(taken.location)
    assert [card.get_text() for card in look.select(".number-value")] == ["1", "1", "1", "2", "1", "0", "1"]
    assert [cell.get_text() for cell in look.select("td.lead")] == ["5"]
    assert "重叠" in look.get_text()
    assert "未读取：业主电话" in look.get_text()
    assert "未读取：填表说明" in look.get_text()
    faults = worker.get(f"{taken.location}?export=csv").text
    assert "重叠" in faults
    assert worker.post(f"{taken.location}/apply", {"owners": "register"}).status_code == 303
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(PropertyOwnerProof.method)).all() == ["register"]
    assert "新苑" in worker.page(f"{happy}/estates").get_text()
    assert "撤回导入" in worker.page(taken.location).get_text()
    assert "已导入或已放弃" in worker.post(f"{taken.location}/drop", follow_redirects=True).text
    worker.post(f"{taken.location}/undo")
    assert "新苑" not in worker.page(f"{happy}/estates").get_text()
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(PropertyImport)).one().state == "undone"


def test_others_areas_and_roles_find_nothing_to_change(
    app: Flask, world: World, happy: str, sign_in: SignIn, worker: Browser
) -> None:
    estate, company = ids(app)
    sunny = f"/a/{world.codes['sunny']}/property"
    neighbour = sign_in(world.accounts["sunny_worker"])
    for path in (f"{sunny}/estates/{estate}", f"{sunny}/estates/{estate}/dwellings", f"{happy}/estates"):
        assert neighbour.get(path).status_code == 404
    assert neighbour.post(f"{sunny}/estates/{estate}/close", {"closed": "1"}).status_code == 404
    # The company is known there, and it works elsewhere alone: it is not theirs to change.
    assert neighbour.get(f"{sunny}/companies/{company}").status_code == 200
    told = neighbour.post(f"{sunny}/companies/{company}/close", {"closed": "1"}, follow_redirects=True)
    assert "街道办事处修改" in told.text
    reader = sign_in(world.accounts["secretary"])
    assert reader.get(f"{happy}/estates/{estate}").status_code == 200
    assert reader.get(f"{happy}/estates/new").status_code == 403
    assert sign_in(world.accounts["member"]).get(f"{happy}/estates").status_code in (403, 404)
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "property_rating", False, SYSTEM)
    assert worker.get(f"{happy}/estates").status_code == 404


def test_lists_ask_as_much_for_one_estate_as_for_many(
    app: Flask, worker: Browser, happy: str, world: World
) -> None:
    asked = []
    for more in (0, 6):
        with app.app_context(), unit_of_work(drain=False) as session:
            area = session.get_one(Area, world.areas["happy"])
            for place in range(more):
                estate = estates.add_estate(session, area, estates.EstateData(f"园{place}"), SYSTEM)
                estates.add_dwellings(session, estate, "1栋", "101~110", False, SYSTEM)
        with counted(app) as statements:
            worker.page(f"{happy}/estates")
            worker.page(f"{happy}/companies")
        asked.append(len(statements))
    assert asked[0] == asked[1]
    # Two pages: frame and rows of each, and the companies to choose from.
    assert asked[0] <= 13
