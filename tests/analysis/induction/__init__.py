"""Tests of the answer: which heads do induction, by which circuit, and how sure."""
