"""Two heads or two checkpoints side by side, and checkpoints over training."""
