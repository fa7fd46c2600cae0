"""Rounds and sheets of collected wishes over the pages: from Excel to wishes to be checked, and back."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.wish_wall.campaigns.models import WishesCampaign, WishesSheet
from pointsys.plugins.wish_wall.models import WishesWish
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.volunteer.test_pages import text_of
from tests.sheets import xlsx_of

ROUND = {
    "title": "春节心愿",
    "opens_on": "2026-07-01",
    "closes_on": "2026-07-31",
    "colour": "gold",
    "about": "送温暖",
}
CONSENT = {"consent_note": "入户征集，签字存档", "consent_on": "2026-07-08", "category": "item"}
GOOD = xlsx_of(
    ("姓名", "手机号码", "微心愿", "金额"), ("李一", "", "一盏台灯", 80), ("新来", "13900139001", "一床棉被", 120),
    ("无名", "", "轮椅", 9000),
)  # fmt: skip


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tried on one engine; the services on both."""
    return str(request.param)


@pytest.fixture
def base(app: Flask, world: World) -> str:
    """The address of the first community's wishes."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
    return f"/a/{world.codes['happy']}/wishes"


def titles(app: Flask) -> list[tuple[str, str, int | None]]:
    """Title, state and round of all wishes."""
    with app.app_context(), unit_of_work(drain=False) as session:
        rows = session.execute(
            select(WishesWish.title, WishesWish.state, WishesWish.campaign_id).order_by(WishesWish.id)
        )
        return [(row[0], row[1], row[2]) for row in rows]


def test_a_round_is_prepared_started_filled_from_excel_and_closed(
    app: Flask, world: World, base: str, worker: Browser
) -> None:
    assert "还没有心愿活动" in text_of(worker.page(f"{base}/rounds"))
    assert worker.post(f"{base}/rounds/new", {**ROUND, "closes_on": "2026-06-01"}).status_code == 422
    page = worker.post(f"{base}/rounds/new", ROUND).location
    worker.post(f"{page}/edit", {**ROUND, "title": "新春心愿"})
    assert "新春心愿" in text_of(worker.page(page))
    worker.post(f"{page}/start")
    assert "导入征集表" in text_of(worker.page(page))
    campaign = page.rpartition("/")[2]

    look = worker.post(
        f"{base}/sheets/new", {**CONSENT, "campaign": campaign, "file": (io.BytesIO(GOOD), "心愿.xlsx")}
    ).location
    shown = worker.page(look)
    assert [cell.get_text(strip=True) for cell in shown.select("td.lead")] == ["李一", "新来", "无名"]
    assert titles(app) == []
    worker.post(f"{look}/apply")
    assert [row[:2] for row in titles(app)] == [("一盏台灯", "submitted"), ("一床棉被", "submitted")]
    assert {row[2] for row in titles(app)} != {None}

    file = worker.get(f"{look}/errors.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(file.data)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:4] == ["姓名", "手机号码", "微心愿", "金额"]
    assert rows[1][0] == "无名"
    assert "300" in str(rows[1][5])

    # The same file again changes nothing.
    again = worker.post(
        f"{base}/sheets/new", {**CONSENT, "campaign": campaign, "file": (io.BytesIO(GOOD), "心愿.xlsx")}
    ).location
    assert "同一文件" in text_of(worker.page(again))
    assert not worker.page(again).select(f"form[action$='{again.rpartition('/')[2]}/apply']")
    worker.post(f"{again}/drop")

    worker.post(f"{look}/undo", {"reason": "征集有误"})
    assert "已撤回" in text_of(worker.page(look))
    assert {row[1] for row in titles(app)} == {"withdrawn"}
    worker.post(f"{page}/close")
    assert "没有可转入的心愿" in text_of(worker.page(page))
    assert worker.get(f"{base}/rounds?export=xlsx").status_code == 200
    assert worker.get(f"{base}/sheets/template.xlsx").status_code == 200


def test_pasted_cells_with_strange_titles_ask_which_column_is_which(
    app: Flask, base: str, worker: Browser
) -> None:
    text = "谁\t要什么\n李一\t一盏台灯"
    look = worker.post(f"{base}/sheets/new", {**CONSENT, "text": text}).location
    assert "各列分别是什么" in text_of(worker.page(look))
    assert worker.post(f"{look}/columns", {"header": "0", "column-0": "name"}).location.endswith("header=0")
    worker.post(f"{look}/columns", {"header": "0", "column-0": "name", "column-1": "title"})
    assert "成为心愿" in text_of(worker.page(look))
    worker.post(f"{look}/apply")
    assert titles(app) == [("一盏台灯", "submitted", None)]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"text": "姓名\t微心愿\n李一\t台灯", "consent_note": ""},
        {"text": "姓名\t微心愿\n李一\t台灯", "consent_note": "长" * 201},
        {"text": "姓名\t微心愿\n" + "李一\t台灯\n" * 501},
        {"text": "姓名\t微心愿\n李一\t台灯", "consent_on": "gestern"},
        {"file": (b"PK\x03\x04broken", "kaputt.xlsx")},
        {"text": "姓名\t微心愿\n李一\t台灯", "campaign": "nowhere"},
    ],
)
def test_a_sheet_that_cannot_be_taken_is_refused_in_words(
    app: Flask, base: str, worker: Browser, form: dict[str, Any]
) -> None:
    given: dict[str, Any] = {**CONSENT, **form}
    if "file" in given:
        given["file"] = (io.BytesIO(given["file"][0]), given["file"][1])
    answer = worker.post(f"{base}/sheets/new", given)
    assert answer.status_code in (303, 404)
    with app.app_context(), unit_of_work(drain=False) as session:
        assert session.scalars(select(WishesSheet)).all() == []


def test_other_communities_and_readers_reach_neither_rounds_nor_sheets(
    world: World, base: str, worker: Browser, sign_in: SignIn
) -> None:
    page = worker.post(f"{base}/rounds/new", ROUND).location
    look = worker.post(f"{base}/sheets/new", {**CONSENT, "text": "姓名\t微心愿\n李一\t台灯"}).location
    sunny = sign_in(world.accounts["sunny_worker"])
    for path in (page, look):
        sunny.page(path.replace(world.codes["happy"], world.codes["sunny"]), 404)
        sunny.page(path, 404)
    there = look.replace(world.codes["happy"], world.codes["sunny"])
    for act in ("apply", "drop", "undo", "columns"):
        assert sunny.post(f"{there}/{act}").status_code == 404
    assert sign_in(world.accounts["grid_worker"]).get(f"{base}/rounds").status_code in (403, 404)


def test_pages_of_rounds_cost_the_same_for_few_and_for_many(app: Flask, base: str, worker: Browser) -> None:
    def cost() -> list[int]:
        found = []
        for path in (f"{base}/rounds", page, look):
            worker.page(path)
            with counted(app) as statements:
                worker.page(path)
            found.append(len(statements))
        return found

    page = worker.post(f"{base}/rounds/new", ROUND).location
    look = worker.post(f"{base}/sheets/new", {**CONSENT, "text": "姓名\t微心愿\n李一\t台灯"}).location
    few = cost()
    for number in range(5):
        worker.post(f"{base}/rounds/new", {**ROUND, "title": f"活动{number}"})
    lines = "\n".join(f"新人{number}\t1390013{number:04d}\t台灯" for number in range(40))
    look = worker.post(f"{base}/sheets/new", {**CONSENT, "text": f"姓名\t手机号码\t微心愿\n{lines}"}).location
    many = cost()
    assert many[:2] == few[:2]
    assert max(many) <= 20
    with app.app_context(), unit_of_work(drain=False) as session:
        assert len(session.scalars(select(WishesCampaign)).all()) == 6
