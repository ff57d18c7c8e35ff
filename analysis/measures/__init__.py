"""What is measured on a model: patterns, scores, circuits, composition."""
