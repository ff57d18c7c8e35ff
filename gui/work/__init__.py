"""The analysis on its own thread, and what the window knows of it."""
