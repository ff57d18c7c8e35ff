"""One renderer a kind of figure."""
