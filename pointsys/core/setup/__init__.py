"""Setting up a new site: a draft that several pages fill in, what it means, and the one act that applies it."""
