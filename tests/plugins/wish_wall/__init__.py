"""Tests of the wish wall."""
