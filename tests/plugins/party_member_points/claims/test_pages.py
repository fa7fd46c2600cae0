"""The pages and the REST operations of claims, as each role sees them."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask
from PIL import Image

from pointsys.core.unit_of_work import read_scope
from pointsys.plugins.party_member_points.claims.offers import offers_by_area, offers_in
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.party_member_points.party import MEMBER, Party, result
from tests.rest.conftest import MakeProgram, program

__all__ = ["program"]

CLAIMS = "/me/points/claims"


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """One engine: what pages ask of the services is tried on both beside."""
    return str(request.param)


@pytest.fixture
def served(app: Flask, world: World, world_party: Party) -> Party:
    """李一 of grid 1 is a member."""
    with app.app_context():
        world_party.roster({world.person_ids["grid1"]: {**MEMBER, "branch": "第一党支部"}})
    return world_party


@pytest.fixture
def member(sign_in: SignIn, world: World, served: Party) -> Browser:
    """李一."""
    return sign_in(world.accounts["member"])


def picture() -> tuple[io.BytesIO, str]:
    """A photo to send."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (9, 99, 9)).save(out, "JPEG")
    return io.BytesIO(out.getvalue()), "楼道.jpg"


def claimed(member: Browser, **changes: object) -> str:
    """The address of a draft that the member wrote."""
    fields = {"title": "清理楼道", "day": "2026-07-02", "start": "09:00", "quantity": "2.5", "words": "3号楼"}
    page = member.page(f"{CLAIMS}/new/service")
    kind = page.select_one("#kind option")
    answer = member.post(
        f"{CLAIMS}/new/service",
        {**fields, "kind": kind["value"] if kind else "", "photos": picture(), **changes},
    )
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def text_of(browser: Browser, path: str, status: int = 200) -> str:
    """The words of a page, blanks folded."""
    return " ".join(browser.page(path, status).get_text(" ").split())


def test_a_claim_goes_from_three_steps_on_a_phone_to_points(
    app: Flask, member: Browser, sign_in: SignIn, world: World
) -> None:
    code = world.codes["happy"]
    staff = f"/a/{code}/points/claims"
    assert member.page("/me/points").select_one(f'a[href="{CLAIMS}/new"]')
    items = [link["href"] for link in member.page(f"{CLAIMS}/new").select(".claim-items a")]
    assert f"{CLAIMS}/new/service" in items
    assert not any("noshow" in item or "violation" in item or "attend" in item for item in items)

    own = claimed(member)
    public_id = own.rsplit("/", 1)[1]
    draft = text_of(member, own)
    assert "+2.50" in draft
    secretary, committee = sign_in(world.accounts["secretary"]), sign_in(world.accounts["committee"])
    secretary.page(f"{staff}/{public_id}", 404)
    assert member.post(f"{own}/submit").status_code == 303
    assert member.post(f"{own}/submit").status_code == 303, "pressing twice is harmless"
    member.page(f"{own}/edit", 303)

    listed = secretary.page(f"{staff}?state=waits")
    assert [link.get_text() for link in listed.select("td.lead a")] == ["李一"]
    shown = secretary.page(f"{staff}/{public_id}")
    photo = str(shown.select_one(".photos img")["src"])  # type: ignore[index]
    assert secretary.get(photo).mimetype == "image/jpeg"
    secretary.post(f"{staff}/verify", {"id": public_id})
    assert secretary.post(f"{staff}/confirm", {"id": public_id}).status_code == 403
    committee.post(f"{staff}/confirm", {"id": public_id, "back": "page"})

    with app.app_context():
        assert list(result(world.person_ids["grid1"])["credited"].values()) == ["2.50"]
    path = [item.strong.get_text() for item in member.page(own).select(".claim-path li") if item.strong]
    assert len(path) == 3
    answer = committee.post(f"{staff}/void", {"id": public_id, "reason": "nobody was there", "back": "page"})
    assert answer.status_code == 303, "who confirmed does not void"
    assert len(committee.page(f"{staff}/{public_id}").select(".claim-path li")) == 3


def test_photos_are_for_the_member_and_those_who_verify_there(
    member: Browser, sign_in: SignIn, world: World
) -> None:
    own = claimed(member)
    photo = str(member.page(own).select_one(".photos img")["src"])  # type: ignore[index]
    public_id, photo_id = own.rsplit("/", 1)[1], photo.rsplit("/", 1)[1]
    assert member.get(photo).status_code == 200
    member.post(f"{own}/submit")
    happy, sunny = world.codes["happy"], world.codes["sunny"]
    expected = {
        ("worker", f"/a/{happy}/points/claims/{public_id}/photos/{photo_id}"): 200,
        ("grid_worker", f"/a/{world.codes['grid1']}/points/claims/{public_id}/photos/{photo_id}"): 403,
        ("sunny_worker", f"/a/{sunny}/points/claims/{public_id}/photos/{photo_id}"): 404,
        ("sunny_worker", f"/a/{happy}/points/claims/{public_id}/photos/{photo_id}"): 404,
        ("worker", f"/a/{happy}/files/{photo_id}"): 404,
        ("worker", f"{CLAIMS}/{public_id}/photos/{photo_id}"): 404,
        ("worker", f"{CLAIMS}/{public_id}"): 404,
    }
    for (who, path), status in expected.items():
        assert sign_in(world.accounts[who]).get(path).status_code == status, (who, path)
    assert sign_in(world.accounts["worker"]).post(f"/a/{happy}/files/{photo_id}/remove").status_code == 404
    member.post(f"{own}/photos/{photo_id}/remove")
    assert member.get(photo).status_code == 200, "what was handed in keeps its proof"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"quantity": "two"}, "quantity"),
        ({"quantity": "1e18"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"day": "2999-01-01"}, "day"),
        ({"day": "2026-05-02"}, "late_reason"),
        ({"photos": (io.BytesIO(b"<svg/>"), "x.jpg")}, "photos"),
    ],
)
def test_a_form_says_at_its_field_what_is_wrong(
    member: Browser, changes: dict[str, object], field: str
) -> None:
    kind = member.page(f"{CLAIMS}/new/service").select_one("#kind option")
    fields = {"title": "清理", "day": "2026-07-02", "quantity": "2", "kind": kind["value"] if kind else ""}
    answer = member.post(f"{CLAIMS}/new/service", {**fields, **changes})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_a_draft_is_changed_and_thrown_away(member: Browser) -> None:
    own = claimed(member)
    form = member.page(f"{own}/edit")
    assert form.select_one("#quantity")["value"] == "2.5"  # type: ignore[index]
    assert form.select_one("#start")["value"].startswith("09:00")  # type: ignore[index,union-attr]
    member.post(f"{own}/edit", {"title": "清理院子", "day": "2026-07-03", "quantity": "1", "kind": "0"})
    assert "清理楼道" in text_of(member, own), "a kind that is none is refused"
    kind = form.select_one("#kind option[selected]")
    member.post(
        f"{own}/edit",
        {"title": "清理院子", "day": "2026-07-03", "quantity": "1", "kind": kind["value"] if kind else ""},
    )
    assert "清理院子" in text_of(member, own)
    photo = str(member.page(own).select_one(".photos img")["src"])  # type: ignore[index]
    member.post(f"{photo}/remove")
    assert not member.page(own).select(".photos img")
    assert member.post(f"{own}/discard").status_code == 303
    member.page(own, 404)
    assert member.page(CLAIMS).select_one(".empty")


def test_others_find_none_of_these_pages(
    member: Browser, sign_in: SignIn, world: World, served: Party
) -> None:
    claimed(member)
    worker = sign_in(world.accounts["worker"])
    assert worker.get(CLAIMS).status_code == 404, "an account of nobody has no claims"
    assert member.get(f"/a/{world.codes['happy']}/points/claims").status_code in (403, 404)
    assert (
        sign_in(world.accounts["grid_worker"]).get(f"/a/{world.codes['grid1']}/points/claims").status_code
        == 403
    )
    secretary = sign_in(world.accounts["secretary"])
    assert secretary.post(f"/a/{world.codes['happy']}/points/claims/confirm", {"id": "x"}).status_code == 403


def test_the_queue_asks_as_much_for_many_claims_as_for_few(
    app: Flask, member: Browser, sign_in: SignIn, world: World
) -> None:
    worker, staff = sign_in(world.accounts["worker"]), f"/a/{world.codes['happy']}/points/claims"
    for day in (1, 2):
        member.post(f"{claimed(member, day=f'2026-07-0{day}')}/submit")
    worker.page(staff)
    with counted(app) as few:
        worker.page(staff)
    for day in range(3, 8):
        member.post(f"{claimed(member, day=f'2026-07-0{day}')}/submit")
    with counted(app) as many:
        rows = worker.page(staff).select("td.lead")
    assert len(rows) == 7
    assert len(many) == len(few)
    home = worker.page(f"/a/{world.codes['happy']}/").select(".number-card")
    assert any(f"{staff}?state=waits" == card.get("href") for card in home)
    assert worker.get(f"{staff}?export=csv").text.count("清理楼道") == 7


def test_programs_claim_and_decide(world: World, served: Party, program: MakeProgram) -> None:
    mine = program("member")
    worker, committee = program("worker"), program("committee")
    grid, happy = world.codes["grid1"], world.codes["happy"]
    body = {
        "item": "service", "kind": "environment", "date": date(2026, 7, 2).isoformat(), "title": "清理楼道",
        "quantity": "2.50",
    }  # fmt: skip
    made = mine.post(f"/areas/{grid}/points/own-claims", body)
    assert made.status_code == 201, made.text
    assert (made.json["state"], made.json["expected"]) == ("submitted", "2.50")
    assert mine.post(f"/areas/{grid}/points/own-claims", body).json["error"]["code"] == "claimed_already"
    assert mine.get(f"/areas/{grid}/points/own-claims").json["items"][0]["id"] == made.json["id"]
    assert mine.post(f"/areas/{grid}/points/claims/decisions", {}).status_code in (403, 404)

    step = {"claims": [made.json["id"]], "outcome": "confirmed"}
    path = f"/areas/{happy}/points/claims"
    assert worker.post(f"{path}/decisions", step).status_code == 403
    assert worker.post(f"{path}/decisions", {**step, "outcome": "verified"}).json == {"changed": 1}
    assert worker.get(path, state="waits").json["items"][0]["state"] == "verified"
    assert committee.post(f"{path}/decisions", step).json == {"changed": 1}
    told = committee.get(f"{path}/{made.json['id']}").json
    assert [one["outcome"] for one in told["path"]] == ["submitted", "verified", "confirmed"]
    assert (
        program("sunny_worker")
        .get(f"/areas/{world.codes['sunny']}/points/claims/{made.json['id']}")
        .status_code
        == 404
    )


def test_what_may_be_claimed_is_asked_for_many_areas_at_once(app: Flask, served: Party) -> None:
    with app.app_context(), read_scope() as session:
        areas = [served.areas[name] for name in ("happy", "grid1", "sunny")]
        offers_in(session, areas[0])
        with counted(app) as one:
            offers_in(session, areas[0])
        with counted(app) as several:
            found = offers_by_area(session, areas)
        assert len(several) == len(one)
        assert all(found[area].by_item == offers_in(session, area).by_item for area in areas)
        assert found[areas[0]].by_item
