"""A66, S-56: fifty claim one wish at once through gunicorn with two workers, twenty times over: one winner each."""

from __future__ import annotations

import sys

import pytest

from benchmarks.memory import server
from benchmarks.wishes import CONTENDERS, check, contend, is_won_once, lay_out
from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core.database import db

ROUNDS = 20


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no gunicorn")
def test_a66_of_fifty_claims_at_once_one_wins_every_time(site_config: Config) -> None:
    # With keys and a clock of its own, as the server has them.
    app = create_app(site_config, web=False)
    with app.app_context():
        field = lay_out(ROUNDS, CONTENDERS)
        db.engine.dispose()

    with server(site_config.home, site_config.database_url) as (_pid, address):
        rounds = contend(address, field, CONTENDERS)

    assert len(rounds) == ROUNDS
    assert [answers for answers in rounds if not is_won_once(answers)] == []
    check(app, ROUNDS)
