"""Tests of rounds and of sheets of collected wishes."""
