"""`kintsugi bench refine`: what patterns are worth, on runs of agents with known outcomes."""
