"""Headscope's analysis: checkpoints, circuits, patterns and scores. Never imports Qt."""

__version__ = "0.1.0"
