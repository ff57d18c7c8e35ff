"""How cross-attention heads read real handwriting."""
