"""What a window or a script asks: one open model, its prompt and results, and how a figure is made again."""
