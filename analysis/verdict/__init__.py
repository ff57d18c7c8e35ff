"""From evidence to a word for a head, and how sure it is."""
