"""Rounds with a theme, and wishes that were collected on a sheet."""
