"""Handwriting as data: words in files, pen movements as tokens."""
