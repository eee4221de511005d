"""How colleagues reach the platform."""
