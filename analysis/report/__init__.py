"""A report on a checkpoint: one page that a colleague can read and check, and its numbers in files beside it."""
