"""The office on each engine."""

from __future__ import annotations

import pytest

from pointsys.core.site import Site

from .office import Office, make_office


@pytest.fixture
def office(site: Site) -> Office:
    """Units, a liaison and micro-wishes, no other plugin."""
    return make_office()
