"""Views of the QK and OV circuits."""
