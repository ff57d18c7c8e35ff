"""Studies of handwriting."""
