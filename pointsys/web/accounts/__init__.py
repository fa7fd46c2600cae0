"""Accounts and their roles, for the security administrator, and the slips that staff hand to people on the roster.

``frame`` knows which accounts one may touch, ``listing`` shows them beside the tree of areas and makes new ones,
``one`` is the page of an account with all that can be done to it (``ways_in``: links and codes), ``matrix`` the table
of roles, ``unused`` accounts that nobody uses, ``members`` those of people on the roster, ``slips`` the paper for them.
"""

from __future__ import annotations

from pointsys.web.accounts import listing as listing
from pointsys.web.accounts import matrix as matrix
from pointsys.web.accounts import members as members
from pointsys.web.accounts import one as one
from pointsys.web.accounts import slips as slips
from pointsys.web.accounts import unused as unused
from pointsys.web.accounts.frame import blueprint as blueprint
