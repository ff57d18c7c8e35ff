"""Views of patterns, scores and losses."""
