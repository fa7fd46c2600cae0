"""The office on each engine."""

from __future__ import annotations

import pytest

from pointsys.core.site import Site
from tests.plugins.wish_wall.dispatch.office import Office, make_office


@pytest.fixture
def office(site: Site) -> Office:
    """Units and micro-wishes, no other plugin."""
    return make_office()
