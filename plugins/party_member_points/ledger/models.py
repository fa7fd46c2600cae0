"""Tables of ``ledger``."""
