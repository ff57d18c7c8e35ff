"""Views of what breaks without a head or an edge."""
