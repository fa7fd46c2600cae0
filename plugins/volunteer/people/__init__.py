"""Registered volunteers: numbers, guardians, insurance, training, and who may serve where."""
