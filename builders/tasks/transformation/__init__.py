"""transformation: what was changed between two pictures."""
