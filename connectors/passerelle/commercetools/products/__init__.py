"""Products with their variants."""
