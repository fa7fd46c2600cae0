"""The plugin's place on each engine."""

from __future__ import annotations

import pytest

from pointsys.core.site import Site
from tests.plugins.volunteer.place import Place, make_place


@pytest.fixture
def place(site: Site) -> Place:
    """A sub-district with volunteer hours switched on."""
    return make_place()
