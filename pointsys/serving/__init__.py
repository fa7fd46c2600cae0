"""Keeping a site up: the loop of the built-in server, threads that do jobs, and the settings for gunicorn."""
