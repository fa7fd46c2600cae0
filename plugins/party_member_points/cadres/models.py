"""Tables of ``cadres``."""
