"""Tests of the measurements: that they run and say what they mean, never how fast anything is."""
