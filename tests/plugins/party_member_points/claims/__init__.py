"""Claims of members."""
