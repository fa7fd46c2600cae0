"""What the public sees: estates and companies with stars, history, weights and credit file."""
