"""Community points: what people did goes into one activity log, and plugins derive the rest from it.

``create_app`` in :mod:`pointsys.app` puts the parts together; :mod:`pointsys.plugin` is the one module that a
plugin imports.  This module stays free of imports, so that the build can read the version from it.
"""

__version__ = "0.1.0"
