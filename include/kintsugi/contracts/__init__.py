"""What must hold for data to be let in."""
