"""Pages of keepers and of people themselves, late supplies, and the same by programs."""

from __future__ import annotations

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.jobs.kinds import periodics
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.attendance import devices
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import HAPPY, make_person
from tests.plugins.attendance.conftest import DAY
from tests.plugins.attendance.test_pages import LISTS, make_list
from tests.plugins.attendance.test_scan import Street, scan
from tests.rest.conftest import MakeProgram, program

__all__ = ["program"]

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def path(app: Flask, world: World, worker: Browser) -> str:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "attendance", True, SYSTEM)
    return make_list(worker)


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一, who is on the list."""
    return sign_in(world.accounts["member"])


def test_somebody_named_keeps_the_list_from_their_own_page_and_sees_no_roster(
    app: Flask, worker: Browser, member: Browser, path: str
) -> None:
    own = f"/me/attendance/{path.rpartition('/')[2]}"
    assert member.get(own).status_code == 404
    assert member.post(f"{own}/mark", {"row": "2", "act": "in"}).status_code == 404
    worker.post(f"{path}/keepers", {"names": "李一"})

    page = member.page(own)
    assert [b.text for b in page.select(".att-row .att-who b")] == ["李一", "周二"]
    assert page.select_one("#close") is None
    member.post(f"{own}/mark", {"row": "2", "act": "in"})
    assert "att-inside" in member.page(own).select_one("#row-2")["class"]  # type: ignore[index]
    # Nobody notes their own times by hand, and the roster is not for searching.
    member.post(f"{own}/mark", {"row": "1", "act": "set", "in": "9:00", "out": "9:30"})
    assert "att-absent" in member.page(own).select_one("#row-1")["class"]  # type: ignore[index]
    assert "孙阳" not in member.page(f"{own}?q=sun").text
    assert "钱福" not in member.page(f"{own}?q=qian").select_one("#att-list").text  # type: ignore[union-attr]
    # A walk-in by the whole name, signed in at once.
    member.post(f"{own}/people", {"names": "钱福", "now": "1"})
    assert "att-inside" in member.page(own).select_one("#row-3")["class"]  # type: ignore[index]
    member.post(f"{own}/people", {"new": "没有的人"})
    assert member.page(own).select("#row-4") == []
    assert member.page(f"{own}/screen").select_one("[data-picture]") is not None
    assert path.rpartition("/")[2] in str(member.page("/me/attendance"))

    person = worker.page(path).select_one('form[action$="/keepers"] button[name=dismiss]')
    assert person is not None
    worker.post(f"{path}/keepers", {"dismiss": str(person["value"])})
    assert member.get(own).status_code == 404


def test_what_is_supplied_after_the_day_asks_why(
    worker: Browser, path: str, clock: FixedClock, sign_in: SignIn, world: World
) -> None:
    clock.advance(days=2)
    later = sign_in(world.accounts["worker"])
    later.post(f"{path}/mark", {"row": "1", "act": "set", "in": "9:00", "out": "10:00"})
    assert "写明" in later.page(path).text
    later.post(f"{path}/mark", {"row": "1", "act": "set", "in": "9:00", "out": "10:00", "reason": "当天停电"})
    assert "09:00–10:00" in later.page(path).select_one("#row-1").text  # type: ignore[union-attr]


def test_forgotten_stamps_are_a_card_a_list_a_file_and_a_job(
    app: Flask, worker: Browser, path: str, clock: FixedClock, sign_in: SignIn, world: World
) -> None:
    worker.post(f"{path}/mark", {"row": "1", "act": "in"})
    clock.advance(hours=8)
    with app.app_context():
        (job,) = [item for item in periodics() if item.name == "attendance.review"]
        assert job.run(clock()) == 1
    later = sign_in(world.accounts["worker"])
    page = later.page(f"{LISTS}forgotten")
    assert [cell.text for cell in page.select("td.lead")] == ["李一"]
    assert later.page(f"{LISTS}forgotten?q=周二").select("td.lead") == []
    assert "李一" in later.get(f"{LISTS}forgotten?export=csv").data.decode("utf-8-sig")
    assert "漏签" in later.page(f"/a/{HAPPY}/").text
    later.post(f"{path}/supply", {"row": "1", "out": "10:30", "reason": "忘记"})
    assert later.page(f"{LISTS}forgotten").select("td.lead") == []
    assert "10:30" in later.get(f"{path}/file?export=csv").data.decode("utf-8-sig")


def test_own_and_kept_pages_cost_the_same_with_many_people(
    app: Flask, worker: Browser, member: Browser, path: str, world: World
) -> None:
    worker.post(f"{path}/keepers", {"names": "李一"})
    own = f"/me/attendance/{path.rpartition('/')[2]}"

    def costs() -> list[int]:
        found = []
        for address in ("/me/attendance", own, f"{LISTS}forgotten", f"{path}/screen/now"):
            browser = member if address.startswith("/me") else worker
            browser.get(address)
            with counted(app) as statements:
                browser.get(address)
            found.append(len(statements))
        return found

    few = costs()
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["grid1"])
        names = [make_person(session, area, f"王{n:02d}").name for n in range(30)]
    worker.post(f"{path}/people", {"names": "、".join(names), "now": "1"})
    assert costs() == few


def test_phones_that_were_used_are_told_to_whoever_looks_for_what_stands_out(
    app: Flask, worker: Browser, path: str, clock: FixedClock, sign_in: SignIn, world: World
) -> None:
    street = Street(app, path, clock, sign_in, world)
    phone = street.phone("member")
    phone.post(scan(phone, street.code()), {"act": "in"})
    with app.app_context(), read_scope() as session:
        (use,) = devices.used(session, session.get_one(Area, world.areas["street"]), DAY, DAY)
        nothing = devices.used(session, session.get_one(Area, world.areas["sunny"]), DAY, DAY)
    assert (use.person_id, use.title, len(use.device)) == (world.person_ids["grid1"], "清洁家园", 16)
    assert nothing == []


def test_lists_by_rest_take_the_same_steps(
    app: Flask, worker: Browser, path: str, program: MakeProgram, world: World, clock: FixedClock
) -> None:
    base = f"/areas/{HAPPY}/attendance"
    client, other = program("worker"), program("sunny_worker")
    one = f"{base}/lists/{path.rpartition('/')[2]}"
    listed = client.get(f"{base}/lists").json
    assert [(item["title"], item["people"], item["came"]) for item in listed["items"]] == [("清洁家园", 2, 0)]
    assert other.get(one).status_code == 404

    stamp = {"person": world.people["grid1"], "act": "in"}
    first = client.post(f"{one}/stamps", stamp).json
    again = client.post(f"{one}/stamps", stamp).json
    assert first == again
    assert (first["pairs"][0]["state"], first["pairs"][0]["method"]) == ("inside", "tap")
    stranger = client.post(f"{one}/stamps", {**stamp, "person": world.people["happy"]})
    assert (stranger.status_code, stranger.json["error"]["code"]) == (422, "not_on_list")
    assert client.post(f"{one}/people", {"people": [world.people["happy"]]}).json == {
        "added": 1, "refused": [],
    }  # fmt: skip
    assert client.post(f"{one}/people", {"people": [world.people["sunny"]]}).status_code == 404
    clock.advance(minutes=20)
    client.post(f"{one}/stamps", {**stamp, "act": "out"})
    closed = client.post(f"{one}/close", {}).json
    assert closed["recorded"]
    assert [bool(row["pairs"][0]["entry"]) for row in closed["rows"]] == [True, False, False]
    assert client.get(f"{base}/forgotten").json["total"] == 0
