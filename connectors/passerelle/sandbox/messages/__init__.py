"""Messages: what happened to a resource, in order, for those who ask afterwards."""
