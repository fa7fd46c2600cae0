"""Notices for the public (公示): a frozen text that is up for working days, then confirmed, or withdrawn."""
