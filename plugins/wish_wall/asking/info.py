"""What this part adds to the plugin: making wishes, households, and the settings and events of all parts."""

from __future__ import annotations

from pointsys.plugin import Part, plain

from ..events import EVENTS
from ..settings import SETTINGS

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    events={**EVENTS},
    settings=SETTINGS,
    held=(plain("wishes_counter", "key last"),),
)
