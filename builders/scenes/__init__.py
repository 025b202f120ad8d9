"""scenes: what things look like, from shapes and light to pixels."""
