"""From the command line to the window: arguments, log, signals, what is said when something fails."""
