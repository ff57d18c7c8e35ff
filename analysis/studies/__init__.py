"""Long work that views ask for: one file a study, each with a module-level STUDY."""
