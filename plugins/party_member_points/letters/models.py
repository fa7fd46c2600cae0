"""Tables of ``letters``."""
