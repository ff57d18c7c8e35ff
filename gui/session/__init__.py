"""What is open and what is kept: opening files, sessions, history, settings."""
