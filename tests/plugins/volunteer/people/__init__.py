"""Tests of volunteers and who may serve."""
