"""Drafts of scoring schemes: written, linted, tried on real data, approved and published."""
