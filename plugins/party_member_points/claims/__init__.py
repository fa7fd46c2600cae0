"""Members claim what they did, with proof; others verify and confirm, and an entry or an award follows."""
