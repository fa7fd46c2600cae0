"""Reports, rankings of teams, feeds, data for other systems, and what stands out."""
