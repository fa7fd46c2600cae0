"""The people list and a person's page."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.accounts.models import Account
from pointsys.core.areas.models import Area
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.people.models import PersonAlias, PersonUnmasking
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, SUNNY, make_person


def names(browser: Browser, path: str) -> list[str]:
    page = browser.page(path)
    return [cell.get_text(strip=True) for cell in page.select("table.list td.lead")]


def test_the_list_shows_people_of_the_area_and_below_with_masked_phones(worker: Browser) -> None:
    page = worker.page(f"/a/{HAPPY}/people")
    assert {cell.get_text(strip=True) for cell in page.select("td.lead")} == {"李一", "钱福", "周二"}
    assert "138****8001" in page.text
    assert "13800138001" not in page.text


@pytest.mark.parametrize("query", ["李一", "liyi", "ly", "8003", "13800138003"])
def test_people_are_found_by_name_pinyin_initials_and_phone(worker: Browser, query: str) -> None:
    assert names(worker, f"/a/{HAPPY}/people?q={query}") == ["李一"]


def test_filters_live_in_the_address_and_come_back_in_the_form(worker: Browser) -> None:
    page = worker.page(f"/a/{HAPPY}/people?q=zhou&sex=&area={HAPPY}002")
    assert page.select_one("#f-q")["value"] == "zhou"  # type: ignore[index]
    assert page.select_one("#f-area option[selected]")["value"] == f"{HAPPY}002"  # type: ignore[index]


def test_an_empty_result_says_what_to_do(worker: Browser) -> None:
    page = worker.page(f"/a/{HAPPY}/people?q=nobodyhasthisname")
    assert page.select_one(".empty a") is not None


def test_a_person_is_added_with_the_problem_shown_at_its_field(worker: Browser, world: World) -> None:
    form = {"name": "吴九", "area": HAPPY, "phone": "123"}
    refused = worker.post(f"/a/{HAPPY}/people/new", form)
    assert refused.status_code == 422
    assert 'id="phone-error"' in refused.text
    assert 'value="吴九"' in refused.text
    added = worker.post(f"/a/{HAPPY}/people/new", {**form, "phone": "13911112222"})
    assert added.status_code == 303
    assert "吴九" in worker.get(added.location).text


def test_nobody_is_added_to_an_area_outside_of_the_page_s(worker: Browser, world: World) -> None:
    response = worker.post(f"/a/{HAPPY}/people/new", {"name": "吴九", "area": SUNNY})
    assert response.status_code == 422
    assert names(worker, f"/a/{HAPPY}/people?q=吴九") == []


def test_blank_phone_keeps_the_stored_one_and_the_box_removes_it(worker: Browser, world: World) -> None:
    path = f"/a/{HAPPY}/people/{world.people['happy']}"
    assert worker.post(f"{path}/edit", {"name": "钱富"}).status_code == 303
    assert "138****8001" in worker.page(path).text
    worker.post(f"{path}/edit", {"name": "钱富", "clear": "phone"})
    assert "138****8001" not in worker.page(path).text


def test_a_full_phone_is_shown_once_for_a_reason_that_is_kept(
    app: Flask, worker: Browser, world: World
) -> None:
    path = f"/a/{HAPPY}/people/{world.people['happy']}"
    assert worker.post(f"{path}/unmask", {"field": "phone", "reason": " "}).status_code == 422
    shown = worker.post(f"{path}/unmask", {"field": "phone", "reason": "回访"})
    assert "13800138001" in shown.text
    assert "13800138001" not in worker.page(path).text
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(PersonUnmasking.reason)).all() == ["回访"]
        assert "person.unmasked" in session.scalars(select(AuditRow.event)).all()


def test_moving_changes_where_a_person_belongs(worker: Browser, world: World) -> None:
    path = f"/a/{HAPPY}/people/{world.people['happy']}"
    moved = worker.post(f"{path}/move", {"area": f"{HAPPY}001", "on": "2026-07-01"})
    assert moved.status_code == 303
    assert "第1网格" in worker.page(path).select_one("#overview").text  # type: ignore[union-attr]


def test_a_day_in_the_future_is_refused_at_its_field(worker: Browser, world: World) -> None:
    response = worker.post(f"/a/{HAPPY}/people/{world.people['happy']}/leave", {"on": "2026-12-31"})
    assert response.status_code == 422
    assert 'id="on-error"' in response.text


def test_the_page_tells_changes_in_plain_words(worker: Browser, world: World) -> None:
    path = f"/a/{HAPPY}/people/{world.people['happy']}"
    worker.post(f"{path}/leave", {"on": "2026-07-01"})
    changes = worker.page(path).select_one("#changes")
    assert changes is not None
    assert "person." not in changes.text
    assert len(changes.select("li")) == 2


def test_merging_ones_own_person_is_refused_and_leaves_an_audit_row(
    app: Flask, worker: Browser, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        session.get_one(Account, world.accounts["worker"]).person_id = world.person_ids["happy"]
    pair = {"kept": world.people["happy"], "merged": world.people["grid1"]}
    refused = worker.post(f"/a/{HAPPY}/people/merge", pair)
    assert refused.status_code == 303
    assert "这涉及您本人。请由同事来操作。" in worker.page(refused.location).text
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).select_from(PersonAlias)) == 0
        denied = session.scalars(select(AuditRow.object_id).where(AuditRow.result == DENIED)).all()
    assert denied == ["people.merge"]


def test_two_entries_of_one_person_are_merged_and_kept_apart_again(
    app: Flask, worker: Browser, world: World
) -> None:
    worker.post(f"/a/{HAPPY}/people/new", {"name": "钱福", "area": f"{HAPPY}002", "phone": "13800138001"})
    page = worker.page(f"/a/{HAPPY}/people/duplicates")
    form = page.select_one('form[action$="/people/merge"]')
    assert form is not None
    values = {str(i["name"]): str(i["value"]) for i in form.select("input") if i["name"] != "csrf_token"}
    assert worker.post(f"/a/{HAPPY}/people/merge", values).status_code == 303
    assert names(worker, f"/a/{HAPPY}/people?q=钱福") == ["钱福"]
    merged = worker.get(f"/a/{HAPPY}/people/{values['merged']}")
    assert merged.location.endswith(values["kept"])
    worker.post(f"/a/{HAPPY}/people/unmerge", {"merged": values["merged"]})
    assert names(worker, f"/a/{HAPPY}/people?q=钱福") == ["钱福", "钱福"]


def test_pages_of_people_take_as_many_statements_for_many_as_for_few(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    browser = sign_in(world.accounts["office"])
    paths = [
        f"/a/{world.codes['street']}/people?size=200",
        f"/a/{world.codes['street']}/",
        f"/a/{world.codes['street']}/people/{world.people['happy']}",
    ]
    numbers = []
    for _round in range(2):
        for path in paths:
            with counted(app) as statements:
                browser.page(path)
            numbers.append(len(statements))
        with app.app_context(), unit_of_work(drain=False) as session:
            grid = session.get_one(Area, world.areas["grid2"])
            for number in range(30):
                make_person(session, grid, f"郑{number}号")
    assert numbers[:3] == numbers[3:]
    assert max(numbers) <= 30
