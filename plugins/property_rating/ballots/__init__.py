"""Owners' ballots: tokens, the survey on a phone, ballots entered by staff, turnout."""
