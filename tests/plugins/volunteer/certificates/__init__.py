"""Tests of certificates of voluntary service."""
