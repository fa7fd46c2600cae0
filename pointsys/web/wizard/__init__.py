"""The first-run wizard: six short steps behind the link of an empty site, a summary, one act, and what comes after.

``forms`` are the steps' forms, ``steps`` say how each begins and what its values mean (by ``pointsys.core.setup``),
``pages`` shows and keeps them and applies the whole, ``finish`` is the page afterwards with the printed slips.
"""

from __future__ import annotations

from pointsys.web.wizard import finish as finish
from pointsys.web.wizard import pages as pages
from pointsys.web.wizard.frame import blueprint as blueprint
