"""Pages are tried on SQLite; what they ask of the services is tried on both engines in ``tests/core``.

That every page a role is offered works on PostgreSQL too is walked by ``tests/demo`` and the story of ``tests/e2e``.
"""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """One engine, unless a test names another one."""
    return str(request.param)
