"""Activities that look for volunteers, roles and shifts, and who signed up."""
