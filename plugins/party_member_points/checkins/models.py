"""Tables of ``checkins``."""
