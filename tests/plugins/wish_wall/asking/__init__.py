"""Tests of making wishes and of households."""
