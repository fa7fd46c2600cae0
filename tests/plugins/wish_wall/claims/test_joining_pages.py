"""Being asked on a phone: a named person answers with one button, and reads of nobody before they have agreed."""

from __future__ import annotations

import pytest
from flask import Flask

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web.feed import calendar_of
from tests.browsers import Browser, SignIn, World

from .test_pages import SECRET, claimed, member, photo, told, wish, wisher

__all__ = ["member", "wish", "wisher"]


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


@pytest.fixture
def second(app: Flask, sign_in: SignIn, world: World) -> Browser:
    """周二 on a phone."""
    with app.app_context(), unit_of_work(drain=False) as session:
        account = accounts.create_account(session, "zhou", SYSTEM, person_id=world.person_ids["grid2"])
        accounts.grant_role(session, account, "resident", session.get_one(Area, world.areas["happy"]), SYSTEM)
        account_id = account.id
    return sign_in(account_id)


def test_a_named_person_is_asked_on_a_phone_and_takes_part(
    app: Flask, member: Browser, second: Browser, wisher: Browser, worker: Browser, world: World, wish: str
) -> None:
    path = claimed(member, wish, team="周二 8004")
    staff = f"/a/{world.codes['happy']}/wishes/wish/{wish}"
    for reader, page in ((member, path), (worker, staff)):
        assert "尚未答复：周二" in told(reader, page)
    assert "您一起去吗" in told(second, "/me")
    assert "请答复是否参加" in told(second, "/me/wishes/claims")
    asked = told(second, path)
    assert "李一 把您列为" in asked
    assert SECRET not in asked
    assert "钱福" not in asked
    assert f'action="{path}/release"' not in second.get(path).text
    assert second.post(f"{path}/release").status_code == 303
    assert member.post(f"{path}/leave").location == path
    assert "还没有别人同意接手" in told(member, path)

    assert second.post(f"{path}/agree").location == path
    agreed = told(second, path)
    assert SECRET in agreed
    assert "退出这次同行" in agreed
    assert "您一起去吗" not in told(second, "/me")
    with app.app_context(), read_scope() as session:
        feed = (calendar_of(session, world.person_ids["grid2"]) or b"").decode()
    assert "0001" in feed
    assert "台灯" not in feed
    member.post(f"{path}/contact")
    assert "送达" in told(member, "/me/wishes/claims")
    second.post(f"{path}/deliver", {"proof": "好了", "photos": photo()}, content_type="multipart/form-data")
    assert second.post(f"{path}/leave").location == "/me/wishes/claims"
    assert second.get(path).status_code == 404
    assert "周二" not in told(wisher, f"/me/wishes/thanks/{path.rsplit('/', 1)[1]}")


def test_who_never_answered_takes_their_record_back(
    member: Browser, second: Browser, wisher: Browser, worker: Browser, world: World, wish: str
) -> None:
    path = claimed(member, wish, qty="4", team="周二 8004")
    proof = {"proof": "交给钱福本人了", "photos": photo()}
    member.post(f"{path}/deliver", proof, content_type="multipart/form-data")
    shown = member.page(path).select_one("ul.photos a")
    assert shown is not None
    assert member.get(str(shown["href"])).status_code == 200
    # What was brought is told in words that may name the wisher.
    assert "钱福" not in told(second, path)
    assert second.get(str(shown["href"])).status_code == 404
    thanks = f"/me/wishes/thanks/{path.rsplit('/', 1)[1]}"
    assert "尚未答复：周二" in told(wisher, thanks)
    wisher.post(thanks, {"rating": "5"})
    assert "您参加了吗" in told(second, path)
    assert second.post(f"{path}/leave").location == "/me/wishes/claims"
    assert "已退出" in told(second, "/me/wishes/claims")
    assert second.get(path).status_code == 404
    assert f'action="{path}/leave"' not in member.get(path).text
    assert "同行人员退出" in told(worker, f"/a/{world.codes['happy']}/wishes/wish/{wish}")
