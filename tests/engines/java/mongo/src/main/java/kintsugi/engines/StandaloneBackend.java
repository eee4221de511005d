package kintsugi.engines;

import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The in-memory backend, answering as a standalone MongoDB server does where the stock one differs. */
final class StandaloneBackend extends MemoryBackend {
    private static final int ILLEGAL_OPERATION = 20;
    private static final int AUTHENTICATION_FAILED = 18;

    StandaloneBackend(String version, int wireVersion) {
        List<Integer> numbers = Arrays.stream(version.split("\\.")).map(Integer::valueOf).toList();
        version(new MongoVersion() {
            @Override
            public List<Integer> getVersionArray() {
                return List.of(numbers.get(0), numbers.get(1), numbers.get(2), 0);
            }

            @Override
            public String toVersionString() {
                return version;
            }

            @Override
            public int getWireVersion() {
                return wireVersion;
            }
        });
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        if (Boolean.TRUE.equals(query.get("startTransaction"))) {
            throw new MongoServerError(ILLEGAL_OPERATION, "IllegalOperation",
                    "Transaction numbers are only allowed on a replica set member or mongos");
        }
        switch (command.toLowerCase(Locale.ROOT)) {
            case "hello":
            case "ismaster":
                return hello(channel, database, query);
            case "ping":
            case "endsessions":
            case "aborttransaction":
                return new Document("ok", 1.0);
            case "saslstart":
                // no user exists here, so every password is wrong
                throw new MongoServerError(AUTHENTICATION_FAILED, "AuthenticationFailed", "Authentication failed.");
            case "insert":
                return withTrueCount(super.handleCommand(channel, database, command, query), query);
            case "aggregate":
            case "getmore":
                // a change stream resumes from this time
                Document answer = super.handleCommand(channel, database, command, query);
                answer.put("operationTime", new BsonTimestamp(Instant.now(getClock()), 1));
                return answer;
            default:
                return super.handleCommand(channel, database, command, query);
        }
    }

    private Document hello(Channel channel, String database, Document query) {
        Document answer = super.handleCommand(channel, database, "ismaster", query);
        answer.put("isWritablePrimary", true);
        answer.put("helloOk", true);
        answer.put("logicalSessionTimeoutMinutes", 30);
        answer.put("readOnly", false);
        return answer;
    }

    /** The stock answer counts the documents that were sent, not those that were written. */
    private static Document withTrueCount(Document answer, Document query) {
        if (answer.get("writeErrors") instanceof List<?> errors && !errors.isEmpty()) {
            int sent = ((List<?>) query.get("documents")).size();
            boolean ordered = !Boolean.FALSE.equals(query.get("ordered"));
            Object first = ((Document) errors.get(0)).get("index");
            answer.put("n", ordered ? ((Number) first).intValue() : sent - errors.size());
        }
        return answer;
    }
}
