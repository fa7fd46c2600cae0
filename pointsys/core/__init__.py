"""Areas, people, accounts, the activity log and the plugin host; nothing in here knows of a request or a page."""
