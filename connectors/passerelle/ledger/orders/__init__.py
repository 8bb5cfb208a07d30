"""What became of each order? What was said of it, how far it came, what is owed and awaited."""
