"""The prompt: its controls, and the strip of its tokens."""
