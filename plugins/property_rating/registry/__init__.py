"""Companies, estates, buildings, dwellings, managers and contracts."""
