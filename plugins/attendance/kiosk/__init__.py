"""A device at the door where people check themselves in, without anybody's account on it."""
