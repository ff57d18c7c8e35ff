"""One page about a checkpoint that a colleague can read and check, and its numbers beside it."""
