"""Every act on a wish and on a claim, in every state there is: what the table of the rules says, told by its code."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from sqlalchemy import select, update

from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall import rules
from pointsys.plugins.wish_wall.dispatch.models import WishesOrganisation
from pointsys.plugins.wish_wall.models import CLAIM_STATES, LIVE, STATES, WishesClaim, WishesWish
from tests.browsers import World
from tests.plugins.wish_wall.claims.test_rest import Bench, bench, engine_name
from tests.plugins.wish_wall.wall.hanging import claimed, hang
from tests.rest.conftest import program

__all__ = ["bench", "engine_name", "program"]

BAD_STATE = (409, "bad_state")
# What somebody sends for an act of the office; a decision is one of four outcomes of the same act.
OFFICE: Mapping[str, tuple[str, dict[str, object]]] = {
    rules.PUBLISH: ("review", {"outcome": "publish"}),
    rules.RETURN: ("review", {"outcome": "return", "reason": "写具体些"}),
    rules.REJECT: ("review", {"outcome": "reject", "reason": "办不到"}),
    rules.CONVERT: ("review", {"outcome": "convert", "reason": "公共维修"}),
    rules.WITHDRAW: ("withdraw", {"reason": "本人来电"}),
    rules.RELIST: ("relist", {}),
    rules.ASSIGN: ("assign", {"organisation": ""}),
}
CLAIM_ACTS: Mapping[str, dict[str, object]] = {
    rules.CONTACT: {}, rules.RELEASE: {}, rules.DELIVER: {"proof": "送到了"}, rules.CONFIRM: {"rating": 5},
    rules.REVOKE: {"reason": "联系不上"}, rules.VOID: {"reason": "没有送到"},
}  # fmt: skip


def unit_of(bench: Bench) -> str:
    """A unit that takes wishes; its outside id."""
    with bench.app.app_context(), unit_of_work(drain=False) as session:
        unit = WishesOrganisation(
            area_id=bench.world.areas["happy"], name="供电所", kind="unit", created_at=current_site().now(),
            created_by="t",
        )  # fmt: skip
        session.add(unit)
        session.flush()
        return str(unit.public_id)


def test_what_the_office_does_in_each_state_of_a_wish(bench: Bench) -> None:
    bodies = {name: (act, dict(body)) for name, (act, body) in OFFICE.items()}
    bodies[rules.ASSIGN][1]["organisation"] = unit_of(bench)
    wish = bench.wish(title="一盏台灯")
    seen, expected = {}, {}
    for state in STATES:
        for name, (act, body) in bodies.items():
            with bench.app.app_context(), unit_of_work(drain=False) as session:
                session.execute(update(WishesWish).values(state=state, taken=int(state == "claimed")))
                session.execute(update(WishesClaim).values(state="released"))
            status, told = bench.does(bench.office, act, wish, **body)
            seen[state, name] = told if status >= 400 else "done"
            expected[state, name] = "done" if state in rules.WISH_FROM[name] else "bad_state"
            with bench.app.app_context(), read_scope() as session:
                after = session.scalars(select(WishesWish.state)).one()
            assert after == (rules.WISH_TO[name] if seen[state, name] == "done" else state), (state, name)
    assert seen == expected


def test_claiming_in_each_state_of_a_wish(bench: Bench) -> None:
    """Whoever may know of a wish is told that it is not open; for others it is not there."""
    seen = {}
    for state in STATES:
        wish = bench.wish(state=state, taken=int(state == "claimed"))
        seen[state] = bench.does(bench.member, "claim", wish), bench.does(bench.wisher, "claim", wish)
    gone, closed = (404, "not_found"), (409, "not_open")
    assert seen == {
        **dict.fromkeys(STATES, (gone, closed)),
        "published": ((201, "active"), (403, "same_household")),
        "claimed": ((409, "no_slot"), (403, "same_household")),
        "realized": (closed, closed),
    }


def test_what_is_done_with_a_claim_in_each_of_its_states(app: Flask, bench: Bench, world: World) -> None:
    who = {rules.CONFIRM: bench.wisher, rules.REVOKE: bench.office, rules.VOID: bench.office}
    cases = [(state, act) for state in CLAIM_STATES for act in CLAIM_ACTS]
    made: dict[tuple[str, str], tuple[str, str]] = {}
    with app.app_context(), unit_of_work(drain=False) as session:
        for number, (state, act) in enumerate(cases, start=1):
            live = int(state in LIVE)
            wish = hang(
                session, world.areas["happy"], world.person_ids["happy"], number,
                state="claimed" if live else "published", taken=live,
            )  # fmt: skip
            claim = claimed(session, wish, world.person_ids["grid1"], state)
            claim.delivered_at = claim.claimed_at if state in ("delivered", "confirmed") else None
            made[state, act] = wish.public_id, claim.public_id
    seen, expected = {}, {}
    for state, act in cases:
        wish_id, claim_id = made[state, act]
        body = {**CLAIM_ACTS[act], "claim": claim_id}
        seen[state, act] = bench.does(who.get(act, bench.member), act, wish_id, **body)
        allowed = state in rules.CLAIM_FROM[act]
        expected[state, act] = (200, rules.CLAIM_TO[act]) if allowed else BAD_STATE
    assert seen == expected
