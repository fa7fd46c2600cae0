"""Imports every table of the core, so that the metadata is whole whoever asks for it."""

import pointsys.core.accounts.models
import pointsys.core.accounts.notices
import pointsys.core.activity_log.models
import pointsys.core.alerts
import pointsys.core.areas.models
import pointsys.core.attachments.models
import pointsys.core.audit.models
import pointsys.core.batches
import pointsys.core.documents.models
import pointsys.core.exports.models
import pointsys.core.feeds
import pointsys.core.figures.models
import pointsys.core.idempotency
import pointsys.core.jobs.models
import pointsys.core.objections.models
import pointsys.core.pending
import pointsys.core.people.models
import pointsys.core.privacy.models
import pointsys.core.publicity.models
import pointsys.core.rate_limits
import pointsys.core.rotation.models
import pointsys.core.settings
import pointsys.core.setup.models
import pointsys.core.switches
import pointsys.core.tokens.models  # noqa: F401
