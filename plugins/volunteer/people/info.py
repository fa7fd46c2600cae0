"""What this part adds to the plugin."""

from __future__ import annotations

from ..part import Part

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part()
