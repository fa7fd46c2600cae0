"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import Part

PART = Part()
