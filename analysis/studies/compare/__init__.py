"""Studies of other checkpoints."""
