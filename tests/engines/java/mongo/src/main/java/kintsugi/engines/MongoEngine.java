package kintsugi.engines;

import de.bwaldvogel.mongo.MongoServer;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * A server of MongoDB's wire protocol, in memory, on loopback, on a free port.
 *
 * <p>Prints one line of JSON when it answers. Stops when its standard input ends, so that nobody's death leaves it running.
 * Arguments: the version to report (5.0.0) and its wire version (13).
 */
public final class MongoEngine {
    private MongoEngine() {}

    public static void main(String[] arguments) throws IOException {
        String version = arguments.length > 0 ? arguments[0] : "5.0.0";
        int wireVersion = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 13;
        MongoServer server = new MongoServer(new StandaloneBackend(version, wireVersion));
        server.enableOplog();
        server.bind(new InetSocketAddress("127.0.0.1", 0));
        int port = server.getLocalAddress().getPort();
        System.out.println("{\"host\": \"127.0.0.1\", \"port\": " + port + ", \"pid\": " + ProcessHandle.current().pid() + "}");
        System.out.flush();
        try {
            while (System.in.read() != -1) {
                // only the end counts
            }
        } finally {
            Runtime.getRuntime().halt(0); // nothing is kept, so there is nothing to close
        }
    }
}
