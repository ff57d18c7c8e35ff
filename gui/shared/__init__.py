"""What every part of the window is handed: the store, the worker, the settings, and a way to say something."""
