"""Checking in by oneself: the screen's changing code, the printed one, six digits, and the page on the phone."""
