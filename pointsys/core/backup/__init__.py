"""Backup and restore: everything of a site in one sealed file, and back only after it has been verified."""
