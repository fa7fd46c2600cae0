"""Signals worth a look: what fraud looks like in a log. Nothing is blocked by them; people decide what they mean."""
