"""What this part adds to the plugin."""

from __future__ import annotations

from ..part import Part

PART = Part()
