"""Everything put together: settings, wiring, the command line, start and stop."""
