"""Tests of wishes that are sent to units."""
