"""Stock: inventory entries."""
