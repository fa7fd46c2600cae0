"""Pages of certificates: three taps to the paper, the register, and what a stranger reads when checking one."""

from __future__ import annotations

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.settings import set_setting
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.certificates import issuers
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.volunteer.certificates.papers import facts_of, issue, number_of, state_of, team
from tests.plugins.volunteer.place import Place
from tests.plugins.volunteer.test_pages import rows_of, text_of

RULES = "/volunteer/certificates/rules"


@pytest.fixture
def engine_name() -> str:
    """The services below are tried on both engines."""
    return "sqlite"


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    """The browsers' sub-district with the plugin switched on."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    return Place(world.areas)


@pytest.fixture
def me(app: Flask, world: World, place: Place) -> int:
    """李一, with two hours of service."""
    person = world.person_ids["grid1"]
    with app.app_context():
        place.serve(person, "09:00", "11:00", title="清扫")
    return person


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一."""
    return sign_in(world.accounts["member"])


def test_three_taps_lead_from_ones_own_page_to_the_paper(member: Browser, me: int, app: Flask) -> None:
    hours = member.page("/me").select_one("a.number-card[href='/me/volunteer']")
    assert hours is not None
    first = member.page("/me/volunteer").select_one("a.btn-primary[href='/me/volunteer/certificates']")
    assert first is not None
    page = member.page("/me/volunteer/certificates")
    form = page.select_one("form[action='/me/volunteer/certificates']")
    assert form is not None
    answer = member.post("/me/volunteer/certificates", {"year": "all"})
    assert answer.status_code == 303
    paper = member.get(answer.location)
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    # Once more is the same paper, and the page shows it as valid.
    assert member.post("/me/volunteer/certificates", {"year": "all"}).location == answer.location
    assert "ZY-990101001001-2026-0001" in text_of(member.page("/me/volunteer/certificates"))
    with app.app_context():
        assert facts_of(1)["minutes"] == 120


def test_strangers_see_nothing_of_others_and_odd_years_are_told(
    member: Browser, me: int, place: Place, world: World, app: Flask, sign_in: SignIn
) -> None:
    with app.app_context():
        place.serve(world.person_ids["sunny"], "09:00", "11:00")
        issue(place, world.person_ids["sunny"], area="sunny")
        other = app.test_client()
    for year in ("1234", "20260", "²026", ""):
        assert member.post("/me/volunteer/certificates", {"year": year}).status_code == 303
    assert "ZY-" not in text_of(member.page("/me/volunteer/certificates"))
    assert other.get("/me/volunteer/certificates").status_code == 302
    worker = sign_in(world.accounts["sunny_worker"])
    listed = rows_of(worker.page(f"/a/{world.codes['sunny']}/volunteer/certificates"))
    assert len(listed) == 1
    assert member.get(f"/a/{world.codes['happy']}/volunteer/certificates").status_code in (403, 404)


def test_staff_issue_replace_and_revoke_and_the_check_page_tells_it(
    worker: Browser, me: int, place: Place, world: World, app: Flask
) -> None:
    base = f"/a/{world.codes['happy']}/volunteer/certificates"
    found = worker.page(f"{base}/new?q=李一").select_one("td a.btn-primary")
    assert found is not None
    address = str(found["href"])
    preview = worker.page(address)
    assert [row[0] for row in rows_of(preview)] == ["清扫"]
    given = {"issuer": "community", "first": "2026-01-01", "last": "2026-07-01", "handler": "王敏"}
    shown = worker.post(address, given)
    assert shown.status_code == 303
    page = worker.page(shown.location)
    link = page.select_one("a[href*='/verify/']")
    assert link is not None
    check = str(link["href"]).split("localhost")[-1]
    stranger = app.test_client()
    assert "notice-success" in stranger.get(check).text
    read = stranger.get(f"{check}.json").get_json()
    assert (read["state"], read["minutes"], read["holder"]) == ("issued", 120, "李*")
    assert "李一" not in stranger.get(check).text
    # A correction makes it stale, with the day; a new edition takes its place, and each names the other.
    with app.app_context():
        place.serve(me, "08:00", "10:00", title="晨扫", accepted_late="paper")
        assert state_of(1) == "stale"
    stale = stranger.get(check).text
    assert "notice-warning" in stale
    assert "2026-07-10" in stale
    renew = page.select_one("a[href*='replaces=']")
    assert renew is not None
    newer = worker.post(str(renew["href"]), given).location
    with app.app_context():
        numbers = [number_of(1), number_of(2)]
    assert numbers[1] in stranger.get(check).text
    assert numbers[0] in text_of(worker.page(newer))
    revoked = worker.post(f"{newer}/revoke", {"reason_class": "wrong_person", "reason": "姓名弄错"})
    assert revoked.status_code == 303
    link = worker.page(newer).select_one("a[href*='/verify/']")
    assert link is not None
    ended = stranger.get(str(link["href"]).split("localhost")[-1]).text
    assert "notice-danger" in ended
    assert "姓名弄错" not in ended
    assert worker.get(f"{newer}/pdf").status_code == 422
    assert [row[0] for row in rows_of(worker.page(f"{base}?state=revoked"))] == [f"李一 {numbers[1]}"]
    listed = {year: len(rows_of(worker.page(f"{base}?year={year}"))) for year in ("2026",)}
    assert listed == {"2026": 2}
    for odd in ("0000", "9999", "²026"):
        assert worker.get(f"{base}?year={odd}").status_code == 200
    assert worker.get(f"{base}?export=csv").data.decode("utf-8-sig").count("ZY-") == 2


def test_what_cannot_be_issued_is_said_at_its_field(
    worker: Browser, me: int, place: Place, world: World, app: Flask
) -> None:
    with app.app_context():
        empty = team(place, "空队")
        issue(place, me)
        pid = facts_of(1)["holder"]
    address = f"/a/{world.codes['happy']}/volunteer/certificates/new/{world.people['grid1']}"
    assert pid == "李一"
    offered = worker.page(address).select("select[name=issuer] option")
    assert len(offered) == 2
    for given, code in (
        ({"issuer": str(offered[1]["value"]), "first": "2026-01-01", "last": "2026-07-01"}, 422),
        ({"issuer": "community", "first": "2026-07-01", "last": "2026-01-01"}, 422),
        ({"issuer": "nobody", "first": "2026-01-01", "last": "2026-07-01"}, 422),
        ({"issuer": "community", "first": "x", "last": ""}, 422),
    ):
        assert worker.post(address, given).status_code == code
    assert empty
    assert worker.get(f"{address}?replaces=unknown").status_code == 404


def test_where_staff_issue_the_phone_asks_and_shows_the_answer(
    member: Browser, worker: Browser, me: int, place: Place, world: World, app: Flask
) -> None:
    with app.app_context(), unit_of_work() as session:
        set_setting(session, place.area(session, "street"), issuers.BY_HOLDER, False, SYSTEM)
    own = "/me/volunteer/certificates"
    assert member.page(own).select_one(f"form[action='{own}']") is None
    assert member.post(f"{own}/request", {"year": "2026", "words": "升学"}).status_code == 303
    requests = f"/a/{world.codes['happy']}/volunteer/certificates/requests"
    assert [row[:1] for row in rows_of(worker.page(requests))] == [["李一"]]
    assert "升学" in text_of(worker.page(requests))
    assert requests in str(worker.page(f"/a/{world.codes['happy']}/"))
    issuing = worker.page(requests).select_one("td a.btn-primary")
    assert issuing is not None
    first = worker.page(str(issuing["href"])).select_one("input[name=first]")
    assert first is not None
    assert first["value"] == "2026-01-01"
    refusal = worker.page(requests).select_one("td a.btn-outline-secondary")
    assert refusal is not None
    assert worker.post(str(refusal["href"]), {"answer": ""}).status_code == 422
    assert worker.post(str(refusal["href"]), {"answer": "请先补录"}).status_code == 303
    assert "请先补录" in text_of(member.page(own))
    member.post(f"{own}/request", {"year": "all"})
    member.post(f"{own}/request/take-back", {})
    assert worker.page(requests).select_one("td a.btn-primary") is None


def test_the_office_says_who_issues(
    admin: Browser, worker: Browser, sign_in: SignIn, world: World, place: Place
) -> None:
    office = sign_in(world.accounts["office"])
    rules = f"/a/{world.codes['street']}{RULES}"
    assert office.post(rules, {"head": "李娜", "contact": "010-1"}).status_code == 303
    page = office.page(rules)
    assert page.select_one("input[name=issues][checked]") is None
    head = page.select_one("input[name=head]")
    assert head is not None
    assert head["value"] == "李娜"
    assert office.post(rules, {"head": "长" * 51}).status_code == 422
    assert worker.get(f"/a/{world.codes['happy']}{RULES}").status_code == 403


def test_lists_take_the_same_statements_whatever_they_hold(
    worker: Browser, member: Browser, me: int, place: Place, world: World, app: Flask
) -> None:
    def statements() -> list[int]:
        found = []
        for browser, address in (
            (worker, f"/a/{world.codes['happy']}/volunteer/certificates"),
            (worker, f"/a/{world.codes['happy']}/volunteer/certificates/requests"),
            (member, "/me/volunteer/certificates"),
        ):
            with counted(app) as count:
                browser.page(address)
            found.append(len(count))
        return found

    with app.app_context():
        issue(place, me)
    few = statements()
    with app.app_context():
        for _ in range(5):
            issue(place, me)
    assert statements() == few
    assert max(few) <= 16
