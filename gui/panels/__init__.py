"""A panel: the tabs of its views, their controls, and a renderer for the figure."""
