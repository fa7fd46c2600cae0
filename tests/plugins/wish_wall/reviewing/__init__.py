"""Tests of deciding on wishes, and of the scanner of texts."""
