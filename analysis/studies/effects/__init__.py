"""Studies of what heads and edges do, by taking them out, and of what chance would give."""
