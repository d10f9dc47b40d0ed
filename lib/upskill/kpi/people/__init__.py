"""How people take it: satisfaction, confidence, safety and what else surveys ask, by wave, with intervals."""
