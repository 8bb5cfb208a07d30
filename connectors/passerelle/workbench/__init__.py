"""Tools for the person who writes a mapping: check, try, test, coverage, explain, infer, drift."""
