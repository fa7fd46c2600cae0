"""The parts of the plugin, in the order of the menu."""

from __future__ import annotations

from pointsys.plugin import Parts

from .annual import info as _annual
from .cadres import info as _cadres
from .checkins import info as _checkins
from .claims import info as _claims
from .editor import info as _editor
from .ledger import info as _ledger
from .letters import info as _letters
from .quarters import info as _quarters
from .wallet import info as _wallet

PARTS = Parts(
    __package__,
    {
        "checkins": _checkins.PART,
        "ledger": _ledger.PART,
        "claims": _claims.PART,
        "quarters": _quarters.PART,
        "annual": _annual.PART,
        "letters": _letters.PART,
        "wallet": _wallet.PART,
        "editor": _editor.PART,
        "cadres": _cadres.PART,
    },
)
