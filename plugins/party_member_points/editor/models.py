"""Tables of ``editor``."""
