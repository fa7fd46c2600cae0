"""Reception days of managers: published day, log of items, promised day, revisit."""
