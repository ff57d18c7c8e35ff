"""Colours, sizes of text, and how text is shown."""
