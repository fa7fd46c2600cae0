"""Proofs that somebody owns a dwelling, kept as yes or no with who checked it and how."""
