"""Red and black list, measures, rectification and the credit file of companies."""
