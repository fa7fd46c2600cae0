"""Grades of a year: proposed by the scorer, decided by the committee, published, confirmed, reopened by decision."""
