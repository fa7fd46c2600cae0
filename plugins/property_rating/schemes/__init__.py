"""Schemes as data: reading, linting, versions, presets, and the arithmetic of the four kinds."""
