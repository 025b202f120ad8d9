"""geometry: angles, lengths and areas of figures, derived by theorems and proved by measurement."""
