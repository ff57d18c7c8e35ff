"""What the selected head is."""
