"""Orders that were placed elsewhere: checked, then written into the shop once each, by their number."""
