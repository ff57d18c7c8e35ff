"""How the trained models of the zoo came to be, and how their truth was found."""
