"""Members report to the community (双报到): asking, confirming, transfers, and what their units report."""
