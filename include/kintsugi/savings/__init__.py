"""Whether patterns are worth what they cost: a random holdout, priced outcomes, an interval."""
