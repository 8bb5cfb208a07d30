"""How does what we write leave? As files with a name that is never given twice, or as requests over HTTP."""
