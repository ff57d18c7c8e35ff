"""What one part of the window shows or is told, the others follow."""
