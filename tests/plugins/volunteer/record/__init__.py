"""The record of volunteers: stars, commendations, evaluations, disputes."""
