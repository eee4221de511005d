"""The contracts are not test modules by name; their asserts explain themselves all the same."""

import pytest

pytest.register_assert_rewrite(
    "tests.stores.record_store_contract",
    "tests.stores.record_filters_contract",
    "tests.stores.record_writers_contract",
    "tests.stores.search_index_contract",
    "tests.stores.search_legs_contract",
    "tests.stores.search_writers_contract",
)
