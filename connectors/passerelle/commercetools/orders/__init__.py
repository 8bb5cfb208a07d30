"""Orders: read, marked, acknowledged and shipped."""
