"""Tables of ``claims``."""
