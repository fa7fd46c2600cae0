"""Numbered documents: issued once, checked by anybody, never edited; corrected ones replace by number."""
