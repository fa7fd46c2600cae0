"""Tables of ``annual``."""
