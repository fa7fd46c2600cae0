"""Schemes as data and the arithmetic of the four kinds."""
