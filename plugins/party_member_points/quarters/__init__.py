"""Sheets of a period up to a day: computed, shown to the public, objected to, confirmed with a snapshot in a chain."""
