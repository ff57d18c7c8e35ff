"""What is known, as values; from sizes to words, to sentences and to JSON."""
