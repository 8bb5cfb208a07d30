"""Product types: the attributes that products of a kind have."""
