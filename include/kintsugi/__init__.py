"""Kintsugi: a self-healing RAG data platform on Apache Airflow."""

__version__ = "0.1.0"
