"""The window, its docks, and the bars around them."""
