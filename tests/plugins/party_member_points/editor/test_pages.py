"""The editor in a browser and by REST: from a sample to a scheme that rules."""

from __future__ import annotations

import io
import json
import re
from datetime import date

import pytest
from flask import Flask

from pointsys.core.jobs.running import run_waiting
from pointsys.core.unit_of_work import read_scope
from pointsys.plugins.party_member_points import presets, schemes
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.party_member_points.party import MEMBER, Party, result, switch_on
from tests.plugins.volunteer.test_pages import text_of
from tests.rest.conftest import MakeProgram
from tests.rest.conftest import program as program


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """One engine: the services are tried on both."""
    return str(request.param)


@pytest.fixture
def served(app: Flask, world: World, world_party: Party) -> Party:
    """李一 is a member with eight hours in March."""
    with app.app_context():
        person = world.person_ids["grid1"]
        world_party.roster({person: MEMBER})
        for day in (7, 8):
            world_party.serve(person, "08:00", "12:00", day=date(2026, 3, day), title=f"第{day}日")
    return world_party


@pytest.fixture
def office(sign_in: SignIn, world: World) -> Browser:
    """The sub-district's office."""
    return sign_in(world.accounts["office"])


def begin(browser: Browser, code: str, **fields: object) -> str:
    """The address of a new draft."""
    answer = browser.post(f"/a/{code}/points/schemes/new", fields)
    assert answer.status_code == 303
    return str(answer.location).removesuffix("/edit")


def test_a_community_writes_and_the_sub_district_publishes(
    app: Flask, world: World, served: Party, worker: Browser, office: Browser
) -> None:
    code, street = world.codes["happy"], world.codes["street"]
    page = worker.page(f"/a/{code}/points/schemes/new")
    assert "党员十二分制管理办法" in text_of(page)
    draft = begin(worker, code, source="ruling")
    text = schemes.preset()
    form = worker.page(f"{draft}/edit")
    assert "第 1 版已发布" in text_of(form), "what rules from above is not rewritten from its first day on"
    assert form.select_one("[name='item-2-caps.month']")["value"] == "8"  # type: ignore[index]

    # What is typed into the form comes back as text, with what the linter says, and nothing is kept.
    typed = {"text": text, "item-2-caps.month": "5", "act": "form"}
    answer = worker.post(f"{draft}/look", typed)
    found = json.loads(answer.data)
    assert "caps = { month = 5 }" in found["text"]
    assert found["sound"]
    broken = json.loads(worker.post(f"{draft}/look", {"text": text.replace("cap = 40", "cpa = 40")}).data)
    line = text[: text.index("cap = 40")].count("\n") + 1
    assert f'data-line="{line}"' in broken["findings"]
    assert "version[0].category[1].cpa" in broken["findings"]
    assert not broken["sound"]
    unread = json.loads(worker.post(f"{draft}/look", {"text": text + "\nx"}).data)
    assert "syntax" in unread["findings"]
    # Without a script the same comes as a page.
    assert "month = 5" in worker.post(f"{draft}/edit", {**typed, "revision": "1"}).get_data(as_text=True)
    assert "新项目" in worker.post(f"{draft}/edit", {**typed, "act": "add-item"}).get_data(as_text=True)

    saved = worker.post(f"{draft}/edit", {"text": found["text"], "revision": "1", "act": "save"})
    assert saved.status_code == 303
    late = worker.post(f"{draft}/edit", {"text": text, "revision": "1", "act": "save"})
    assert late.status_code == 422
    assert worker.get(f"{draft}/file").get_data(as_text=True) == found["text"]

    assert "试算" in text_of(worker.page(draft))
    worker.post(f"{draft}/trial", {"period": "2026", "whole": "1"})
    assert worker.page(draft).select_one("#job-progress") is not None
    with app.app_context():
        run_waiting("test:1")
    lines = worker.page(f"{draft}/trial")
    assert [cell.get_text() for cell in lines.select("td.lead a")] == ["李一"]
    assert "8.00 → 5.00" in text_of(lines)
    assert worker.get(f"{draft}/trial?export=csv").status_code == 200
    shown = text_of(worker.page(draft))
    assert "caps.month" in shown
    worker.post(f"{draft}/submit", {"from": "2026-01-01", "reason": "按三届二次会议意见"})

    # Whoever wrote it has no button, and the sub-district's page of its own area lists it.
    assert worker.post(f"{draft}/approve", {}).status_code == 403
    name = draft.rpartition("/")[2]
    above = f"/a/{street}/points/drafts/{name}"
    assert office.page(f"/a/{street}/points/schemes").select_one(f"a[href='{above}']") is not None
    office.post(f"{above}/approve", {})
    office.post(f"{above}/publish", {})
    assert office.page(above).select_one(".step-here")["aria-current"] == "step"  # type: ignore[index]
    assert "caps.month" in text_of(office.page(above)), "what it changed can still be read"
    rules = worker.page(f"/a/{code}/points/scheme")
    link = rules.select_one("a[href*='/points/published/']")
    assert link is not None
    published = worker.page(str(link["href"]))
    assert "caps = { month = 5 }" in text_of(published)
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["service"] == "5.00"
    # Published: nobody writes on it any more.
    assert worker.get(f"{draft}/edit").status_code == 303
    assert "draft_closed" not in str(
        worker.post(f"{draft}/edit", {"text": "x", "revision": "2", "act": "save"}).data
    )


def test_drafts_of_elsewhere_and_files_at_fault_are_refused(
    world: World, served: Party, worker: Browser, office: Browser, sign_in: SignIn
) -> None:
    code = world.codes["happy"]
    draft = begin(office, world.codes["sunny"], source="blank")
    name = draft.rpartition("/")[2]
    for path in (f"/a/{code}/points/drafts/{name}", f"/a/{code}/points/drafts/{name}/edit"):
        assert worker.get(path).status_code == 404
    assert worker.post(f"/a/{code}/points/drafts/{name}/withdraw", {}).status_code == 404
    assert sign_in(world.accounts["member"]).get(f"/a/{code}/points/schemes").status_code in (403, 404)
    for source, content in (("a.txt", b"x"), ("a.json", b"{"), ("a.toml", b"\xff\xfe")):
        answer = worker.post(
            f"/a/{code}/points/schemes/new", {"source": "file", "file": (io.BytesIO(content), source)}
        )
        assert str(answer.location).endswith("/schemes/new")
    own = begin(worker, code, source="file", file=(io.BytesIO(b'{"id": "x", "title": "T"}'), "a.json"))
    page = text_of(worker.page(own))
    assert "version" in page
    # Nobody can submit what has faults or was not tried, and the page stays whole.
    worker.post(f"{own}/submit", {"from": "2026-01-01"})
    worker.post(f"{own}/submit", {"from": "then"})
    assert re.search("正在起草", text_of(worker.page(own)))
    worker.post(f"{own}/withdraw", {"reason": "重复"})
    assert "重复" in text_of(worker.page(own))
    assert worker.get(f"/a/{code}/points/presets/deduct-12").get_data(as_text=True) == presets.text_of(
        "deduct-12"
    )
    assert worker.get(f"/a/{code}/points/presets/nothing").status_code == 404
    assert worker.get(f"/a/{code}/points/published/{'0' * 16}-20260101").status_code == 404


def test_the_sub_district_publishes_the_sample_where_nothing_rules_yet_and_nobody_below_it(
    app: Flask, world: World, worker: Browser, office: Browser
) -> None:
    with app.app_context():
        switch_on(world.areas, preset=False)
    below, street = world.codes["happy"], world.codes["street"]
    assert "publish" not in str(worker.page(f"/a/{below}/points/scheme").select("main form"))
    assert worker.post(f"/a/{below}/points/scheme/preset", {}).status_code == 403
    office.post(f"/a/{street}/points/scheme/preset", {})
    rules = office.page(f"/a/{street}/points/scheme")
    assert "在职党员进社区积分管理办法" in text_of(rules)
    office.post(f"/a/{street}/points/scheme/preset", {})
    with app.app_context(), read_scope() as session:
        assert len(schemes.publications_of(session, world.areas["street"])) == 1


def test_pages_of_drafts_cost_the_same_however_many_there_are(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    code = world.codes["happy"]
    first = begin(worker, code, source="community-simple")
    with counted(app) as one:
        worker.page(f"/a/{code}/points/schemes")
    for _number in range(3):
        begin(worker, code, source="community-simple")
    with counted(app) as more:
        worker.page(f"/a/{code}/points/schemes")
    with counted(app) as single:
        worker.page(first)
    assert len(more) == len(one) <= 9
    assert len(single) <= 16


def test_programs_lint_write_try_and_decide(
    app: Flask, world: World, served: Party, program: MakeProgram
) -> None:
    writer, decider = program("worker"), program("office")
    code = world.codes["happy"]
    base = f"/areas/{code}/points"
    answer = writer.post(f"{base}/lint", {"text": "id = 3"}, key=None)
    assert answer.status_code == 200
    assert not answer.json["ok"]
    assert {finding["code"] for finding in answer.json["findings"]} >= {"bad-type", "missing-key"}

    made = writer.post(f"{base}/drafts", {"text": schemes.preset(), "format": "toml"}).json
    path = f"{base}/drafts/{made['id']}"
    read = writer.get(path)
    text = schemes.preset().replace("caps = { month = 8 }", "caps = { month = 5 }")
    patched = writer.patch(path, {"text": text}, read.headers["ETag"])
    assert patched.status_code == 200
    assert [change["key"] for change in patched.json["changes"]] == ["caps.month"]
    assert writer.patch(path, {"text": text}, read.headers["ETag"]).status_code == 412
    assert writer.get(f"{path}/trial").status_code == 422
    early = writer.post(f"{path}/steps", {"step": "submit", "from": "2026-01-01"})
    assert early.json["error"]["code"] == "trial_needed"
    assert writer.post(f"{path}/trials", {"period": "2026"}).status_code == 201
    with app.app_context():
        run_waiting("test:1")
    tried = writer.get(f"{path}/trial").json
    assert (tried["done"], tried["people"], tried["changed"]) == (True, 1, 1)
    assert tried["items"][0]["name"] == "李一"
    assert tried["items"][0]["why"]
    sent = writer.post(f"{path}/steps", {"step": "submit", "from": "2026-01-01"})
    assert sent.json["state"] == "submitted"
    assert writer.post(f"{path}/decisions", {"decision": "approve"}).status_code == 403
    assert decider.post(f"{path}/decisions", {"decision": "approve"}).json["state"] == "approved"
    assert decider.post(f"{path}/decisions", {"decision": "publish"}).json["state"] == "published"
    rows = writer.get(f"{base}/schemes").json["items"]
    assert rows[0]["sha256"] == sent.json["sha256"]
    assert writer.get(f"{base}/schemes/{rows[0]['id']}").json["text"] == text
    assert writer.get(f"{base}/drafts", state="published").json["total"] == 1
