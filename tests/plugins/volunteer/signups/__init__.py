"""Tests of recruiting and sign-ups."""
