"""Making a wish: in three questions, for oneself or for somebody else; households; one's own wishes."""
