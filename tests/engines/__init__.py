"""Real engines for tests: an OpenSearch node, a MongoDB-wire server, and proxies that break what passes.

The node is the genuine OpenSearch 2.19. Its k-NN plugin comes without native libraries, so that a `knn_vector` field
has to say ``"engine": "lucene"``; the default would end the node.

The other is mongo-java-server, in memory: no transactions, no retryable writes, no TTL reaping, no `$text`; partial
indexes are full ones, and an ordered bulk of updates goes on after an error. What that would hide is marked
`needs_mongod`.
"""
