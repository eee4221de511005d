"""What hypothesis may not hold against a contract: its tests are asked of one store after the other."""

from hypothesis import HealthCheck

ONE_STORE_AFTER_THE_OTHER = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
"""A store outlives the examples of a test, and several classes, one for each kind of store, inherit the test."""
