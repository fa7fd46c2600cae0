"""Tests of claims of wishes."""
