"""The public wall, the staff's board, cards and figures of wishes."""
