"""Tables of ``wallet``."""
