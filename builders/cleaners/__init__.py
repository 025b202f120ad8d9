"""cleaners: what rows the records of public datasets become."""
