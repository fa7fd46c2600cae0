"""Pages: one's own points, and an area's members, ranking, year sheet and scheme."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("points", __name__, template_folder="templates")
