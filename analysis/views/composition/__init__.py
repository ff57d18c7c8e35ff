"""Views of how heads feed one another."""
