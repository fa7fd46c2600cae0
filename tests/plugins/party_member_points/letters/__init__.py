"""Tests of letters to units and of the units' liaisons."""
