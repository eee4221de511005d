"""The contracts are not test modules by name; their asserts explain themselves all the same. And a bare client."""

from collections.abc import Iterator

import pytest
from opensearchpy import OpenSearch

from tests.engines.servers import Server

pytest.register_assert_rewrite(
    "tests.stores.record_store_contract",
    "tests.stores.record_filters_contract",
    "tests.stores.record_writers_contract",
    "tests.stores.search_index_contract",
    "tests.stores.search_legs_contract",
    "tests.stores.search_writers_contract",
)


@pytest.fixture
def node(opensearch_node: Server) -> Iterator[OpenSearch]:
    client = OpenSearch(hosts=[opensearch_node.url], timeout=30)
    yield client
    client.close()
