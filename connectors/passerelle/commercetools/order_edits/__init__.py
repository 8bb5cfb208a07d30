"""Order edits: what others changed in an order, staged, previewed, applied to the version that was seen."""
