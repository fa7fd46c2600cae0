"""The yard on each engine."""

from __future__ import annotations

import pytest

from pointsys.core.site import Site
from tests.plugins.wish_wall.claims.yard import Yard, make_yard


@pytest.fixture
def yard(site: Site) -> Yard:
    """Neighbours and micro-wishes, no other plugin."""
    return make_yard()
