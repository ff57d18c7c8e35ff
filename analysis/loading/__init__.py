"""From an open file to a certified model: which family it is, where each weight comes from, what was checked."""
