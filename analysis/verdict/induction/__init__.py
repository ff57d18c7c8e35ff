"""Which heads do induction, by which circuit, and how sure: the answer about one model, piece by piece."""
