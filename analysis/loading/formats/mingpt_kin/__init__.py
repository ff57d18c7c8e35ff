"""minGPT and the code bases that grew out of it."""
