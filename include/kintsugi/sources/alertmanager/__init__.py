"""Prometheus Alertmanager: its notifications and its API, the alerts received from them, and a document for each."""
