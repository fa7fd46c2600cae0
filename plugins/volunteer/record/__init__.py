"""Stars, commendations, evaluations, complaints and disputes: the record of a volunteer."""
