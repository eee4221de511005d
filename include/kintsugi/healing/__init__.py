"""Anomalies, incidents, playbooks and repairs."""
