"""What the desk does: one verb a file, one transaction each."""
