"""Participants: ``models`` their tables, ``services`` changes, ``search`` looking up, ``merging`` duplicates."""
