"""Dated policies, crediting by them, the hours above a day's limit, and the journal of changes."""
