"""Customer groups: who gets prices of their own."""
