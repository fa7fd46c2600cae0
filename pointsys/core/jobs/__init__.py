"""Jobs: work that outlasts a request, and what is done regularly.

``services`` writes the table of jobs, ``queue`` tells the workers, ``running`` does one job, ``periodic`` one tick,
``results`` keeps files for a day. A process dies at any moment: its lease ends, the sweep queues the job again.
"""

from pointsys.core.jobs.kinds import JobKind, Periodic
from pointsys.core.jobs.models import Job
from pointsys.core.jobs.running import Cancelled, JobRun
from pointsys.core.jobs.services import cancel, enqueue

__all__ = ["Cancelled", "Job", "JobKind", "JobRun", "Periodic", "cancel", "enqueue"]
