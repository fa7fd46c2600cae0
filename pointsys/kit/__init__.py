"""Tools that know nothing of people, areas or the activity log."""
