"""Saving and copying what the window shows."""
