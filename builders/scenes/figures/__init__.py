"""figures: plane geometry: constructions that give coordinates and facts together, and their pictures."""
