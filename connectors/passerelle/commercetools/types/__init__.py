"""Types: the custom fields that resources of some kinds may have."""
