"""The plugin's place on each engine."""

from __future__ import annotations

import pytest
from flask import Flask

from pointsys.core.site import Site
from tests.browsers import World
from tests.plugins.party_member_points.party import Party, make_party, switch_on


@pytest.fixture
def party(site: Site) -> Party:
    """A sub-district with the plugin on and the sample scheme published, inside an application context."""
    return make_party()


@pytest.fixture
def world_party(app: Flask, world: World) -> Party:
    """The browsers' sub-district with the plugin on; use it inside ``app.app_context()``."""
    with app.app_context():
        return switch_on(world.areas)
