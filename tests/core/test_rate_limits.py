"""S-39: limits are counted for all processes together, by account or address, and free themselves with time."""

from __future__ import annotations

from contextlib import suppress

import pytest

from pointsys.core import rate_limits
from pointsys.core.actors import Actor
from pointsys.core.rate_limits import RateWindow, Shares, TooMany, spend, spend_alone, used
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.limits import shares
from tests.browsers import counted
from tests.conftest import FixedClock, MakeApp

WHO = "account:1"


def test_s39_the_limit_holds_and_frees_itself_with_the_window(site: Site, clock: FixedClock) -> None:
    with unit_of_work() as session:
        assert [spend(session, "search", WHO, 3, 10) for _ in range(3)] == [1, 2, 3]
        with pytest.raises(TooMany) as refused:
            spend(session, "search", WHO, 3, 10)
        assert refused.value.retry_after == 600
        assert spend(session, "search", "account:2", 3, 10) == 1
        assert spend(session, "export", WHO, 3, 10) == 1
        assert used(session, "search", WHO, 10) == 3
        clock.advance(minutes=10)
        assert used(session, "search", WHO, 10) == 0
        assert spend(session, "search", WHO, 3, 10) == 1


def test_what_is_undone_is_not_counted_but_a_try_of_its_own_is(site: Site) -> None:
    with suppress(ZeroDivisionError), unit_of_work() as session:
        spend(session, "unmask", WHO, 1, 60)
        raise ZeroDivisionError
    spend_alone("unmask", WHO, 1, 60)
    with pytest.raises(TooMany):
        spend_alone("unmask", WHO, 1, 60)


def test_s39_two_nodes_count_together(make_app: MakeApp) -> None:
    nodes = [make_app(), make_app()]
    taken = 0
    for turn in range(60):
        with nodes[turn % 2].app_context():
            try:
                shares().use("search", WHO, 40, 10)
            except TooMany:
                continue
            taken += 1
    assert taken == 40


def test_a_share_costs_a_write_for_every_tenth_only(site: Site, make_app: MakeApp) -> None:
    app = make_app()
    with app.app_context():
        mine = Shares()
        mine.use("search", WHO, 100, 10)
        with counted(app) as statements:
            for _ in range(9):
                mine.use("search", WHO, 100, 10)
        assert statements == []
        assert mine.is_used_up("search", WHO, 10) is None
        for _ in range(90):
            mine.use("search", WHO, 100, 10)
        with pytest.raises(TooMany) as first:
            mine.use("search", WHO, 100, 10, alert="export.many")
        assert (first.value.alert, first.value.noted) == ("export.many", False)
        with counted(app) as statements, pytest.raises(TooMany) as second:
            mine.use("search", WHO, 100, 10, alert="export.many")
        assert (statements, second.value.noted) == ([], True)
        assert mine.is_used_up("search", WHO, 10) is not None


def test_strangers_are_counted_by_address_and_accounts_never(site: Site) -> None:
    assert rate_limits.of_account(Actor("office", 7, address="10.0.0.1")) == "account:7"
    assert rate_limits.of_account(Actor("anonymous", address="10.0.0.1")) == "address:10.0.0.1"


def test_windows_that_are_over_are_dropped(site: Site, clock: FixedClock) -> None:
    spend_alone("search", WHO, 3, 10)
    clock.advance(days=2)
    with unit_of_work() as session:
        rate_limits.clear(session, site.now())
    with read_scope() as session:
        assert session.query(RateWindow).count() == 0
