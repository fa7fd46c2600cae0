"""Tables of ``quarters``."""
