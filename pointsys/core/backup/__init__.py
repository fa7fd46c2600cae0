"""Backup and restore: everything of a site in one sealed file, and back only after it has been verified."""

# The day of the last backup as a setting of the root area, for pages that ask the database anyway.
BACKUP_AT = "site.backup_at"
