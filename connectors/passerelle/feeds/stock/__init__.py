"""How much may be sold? The stock law of a feed: claims of files, less what was sold, by rules of places."""
