"""Grades of a period."""
