"""Lists, measures, the credit file, and what everybody reads of them."""
