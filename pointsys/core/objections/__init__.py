"""Objections to entries and notices, each with a clock, answered by somebody who had no part in the matter."""
