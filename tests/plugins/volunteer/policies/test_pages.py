"""Pages of approvals and rules as the sub-district, a community worker and a volunteer meet them."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.pending import drain
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer.policies import inforce
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.volunteer.place import Place, credit_state

MAY = date(2026, 5, 1)


@pytest.fixture
def engine_name() -> str:
    """What the pages show does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    """The browsers' sub-district with the plugin switched on."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    return Place(world.areas)


@pytest.fixture
def office(sign_in: SignIn, world: World) -> Browser:
    """The sub-district office."""
    return sign_in(world.accounts["office"])


def public_id(app: Flask, entry: int) -> str:
    """The outside id of an entry."""
    with app.app_context(), read_scope() as session:
        return session.scalars(select(Entry.public_id).where(Entry.id == entry)).one()


def text(page: object) -> str:
    """What a page says."""
    return " ".join(page.select_one("main").get_text(" ").split())  # type: ignore[attr-defined]


def test_the_office_approves_and_rejects_what_waits_and_the_volunteer_reads_it(
    app: Flask, world: World, place: Place, office: Browser, worker: Browser, sign_in: SignIn
) -> None:
    with app.app_context():
        long = place.serve(world.person_ids["grid1"], "08:00", "17:30", day=MAY, title="大扫除")
        longer = place.serve(world.person_ids["grid2"], "08:00", "21:00", day=MAY, title="值守")
    base = f"/a/{world.codes['street']}/volunteer"
    index = office.page(f"{base}/approvals")
    assert [" ".join(card.get_text(" ").split())[:7] for card in index.select(".number-card")] == [
        "待街道审批 1",
        "待上级审批 1",
    ]
    assert worker.get(f"/a/{world.codes['happy']}/volunteer/approvals").status_code == 403

    ids = {entry: public_id(app, entry) for entry in (long, longer)}
    office.post(f"{base}/approvals/reject", {"id": ids[long]})
    assert credit_state(app, long) == ("pending", 0)
    office.post(f"{base}/approvals/approve", {"id": ids[long]})
    assert credit_state(app, long) == ("approved", 570)
    # Nothing stands above this sub-district, so what is the district's is decided at the top of the tree.
    office.post(f"{base}/approvals/reject", {"id": ids[longer], "reason": "同时在别处值班", "back": "entry"})
    assert credit_state(app, longer) == ("rejected", 0)

    decided = office.page(f"{base}/approvals?state=decided")
    assert {cell.get_text(strip=True) for cell in decided.select("tbody td.lead")} == {"李一", "周二"}
    told = text(office.page(f"{base}/entries/{ids[longer]}"))
    assert "同时在别处值班" in told
    assert "周二" in told
    assert office.get(f"{base}/approvals?export=csv").status_code == 200


def test_a_volunteer_sees_how_the_own_hours_came_about_and_nobody_elses(
    app: Flask, world: World, place: Place, sign_in: SignIn
) -> None:
    with app.app_context():
        own = place.serve(world.person_ids["grid1"], "09:00", "11:00", day=MAY, title="X")
        place.serve(world.person_ids["grid1"], "08:30", "09:30", day=MAY, title="Y")
        other = place.serve(world.person_ids["grid2"], "09:00", "11:00", day=MAY)
    member = sign_in(world.accounts["member"])
    with counted(app) as statements:
        page = member.page(f"/me/volunteer/entries/{public_id(app, own)}")

    assert "1.50 小时" in text(page)
    assert "Y" in text(page)
    assert len([one for one in statements if not one.startswith(("BEGIN", "SET"))]) <= 20
    assert member.get(f"/me/volunteer/entries/{public_id(app, other)}").status_code == 404
    assert member.get("/me/volunteer/entries/nothing").status_code == 404


FORM = {
    "title": "试行办法",
    "valid_from": "2026-05-01",
    "reason": "街道会议",
    "rule_min_session_minutes": "60",
}


def test_rules_are_previewed_and_published_and_the_past_only_with_consent(
    app: Flask, world: World, place: Place, office: Browser, worker: Browser
) -> None:
    with app.app_context():
        entry = place.serve(world.person_ids["grid1"], "09:00", "09:40", day=MAY)
    base = f"/a/{world.codes['street']}/volunteer/rules"
    assert "默认规则（P0）" in text(office.page(base))
    form = office.page(f"{base}/new?preset=jiaozhou")
    assert form.select_one("#rule_min_session_minutes")["value"] == "60"  # type: ignore[index]

    bad = office.post(f"{base}/preview", {**FORM, "rule_max_pairs": "0"})
    assert (bad.status_code, "1至24" in bad.text) == (422, True)
    preview = office.post(f"{base}/preview", FORM).text
    assert "0.67" in preview
    assert "1.00" in preview
    assert office.post(f"{base}/publish", FORM).status_code == 422
    assert credit_state(app, entry) == ("approved", 40)

    assert office.post(f"{base}/publish", {**FORM, "recompute": "1"}).status_code == 303
    with app.app_context():
        drain()
    assert credit_state(app, entry) == ("approved", 60)
    shown = text(office.page(f"/a/{world.codes['grid1']}/volunteer/rules?on=2026-05-02"))
    assert "60 分钟" in shown
    assert "平安街道" in shown
    assert "480 分钟" in text(office.page(f"{base}?on=2026-04-30"))

    file = office.get(f"{base}.toml")
    assert "min_session_minutes = 60" in file.text
    # Whoever may see the hours may read by which rules they came about.
    assert "60 分钟" in text(worker.page(f"/a/{world.codes['happy']}/volunteer/rules?on=2026-05-02"))
    assert worker.get(f"/a/{world.codes['happy']}/volunteer/rules/new").status_code == 403


def test_a_file_fills_the_form_and_one_at_fault_says_why(
    app: Flask, world: World, place: Place, office: Browser
) -> None:
    base = f"/a/{world.codes['street']}/volunteer/rules"

    def upload(content: bytes) -> str:
        answer = office.post(f"{base}/read", {"file": (io.BytesIO(content), "p.toml")})
        return answer.text if answer.status_code == 200 else text(office.page(f"{base}/new"))

    assert 'value="90"' in upload(b'title = "x"\nmax_activity_minutes = 90\n')
    assert "max_pairs" in upload(b"max_pair = 3")
    with app.app_context(), read_scope() as session:
        assert inforce.policy_at(session, world.areas["street"], MAY).version == "P0"
