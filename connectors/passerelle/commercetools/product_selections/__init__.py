"""Product selections: the assortments that stores sell."""
