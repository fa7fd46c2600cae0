"""Sheets of quarters."""
