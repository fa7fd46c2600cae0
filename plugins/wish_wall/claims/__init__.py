"""Claiming wishes, bringing them, confirming: places, deadlines, and what goes into the activity log."""
