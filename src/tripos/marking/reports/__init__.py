"""Pages that candidates and markers read."""
