"""Prompts that part content from position, and their controls."""
