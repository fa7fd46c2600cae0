"""The audit log and its proof: who did what, and that nobody changed the telling afterwards.

``rows`` writes a row in the transaction of the act (S-21: no row, no act), with a mark that only the site's key makes.
``sealer`` chains what is committed, every few seconds, into ``blocks``; the log of activities (entries and decisions)
goes through the same chain. ``anchors`` puts the signed head outside of the database, ``verify`` compares all of it,
``forgetting`` blanks who a row names without breaking the chain, ``retention`` lets whole old blocks go.
"""

from pointsys.core.audit.forgetting import forget as forget
from pointsys.core.audit.models import AuditBlock as AuditBlock
from pointsys.core.audit.models import AuditRow as AuditRow
from pointsys.core.audit.rows import DENIED as DENIED
from pointsys.core.audit.rows import FAILED as FAILED
from pointsys.core.audit.rows import OK as OK
from pointsys.core.audit.rows import digest as digest
from pointsys.core.audit.rows import write as write
