"""What the activity log does not hold: awards, deductions and vetoes as append-only facts, and rosters of sessions."""
