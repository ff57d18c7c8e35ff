"""Families that the transformers library saves."""
