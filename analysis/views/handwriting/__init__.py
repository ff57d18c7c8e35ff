"""Views that only handwriting has."""
