"""Tests of wallets, the points shop and redemptions."""
