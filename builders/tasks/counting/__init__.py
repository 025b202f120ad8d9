"""counting: how many things there are on a table, and after adding and taking away."""
