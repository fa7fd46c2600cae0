"""Alliances, teams, their members, and projects."""
