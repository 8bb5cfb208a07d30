"""Tax categories with their rates by country."""
