"""Everything that a person can do, and where it is found: menus, palette, help."""
