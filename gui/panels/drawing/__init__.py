"""What renderers draw with."""
