"""Keeping a list from a page: by staff of the area, or by whoever leads the activity or was named for it."""
