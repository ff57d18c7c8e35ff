"""A pickle machine that builds inert values: it imports nothing and calls nothing."""
