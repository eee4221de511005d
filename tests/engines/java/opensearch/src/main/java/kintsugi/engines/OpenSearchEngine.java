package kintsugi.engines;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.codelibs.opensearch.runner.OpenSearchRunner;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.Node;

/**
 * One OpenSearch node with the k-NN and neural-search plugins, on loopback, on a free port, in a folder that goes with it.
 *
 * <p>Prints one line of JSON when it answers. Stops when its standard input ends, so that nobody's death leaves it running.
 */
public final class OpenSearchEngine {
    private static final String PLUGINS =
            "org.opensearch.knn.plugin.KNNPlugin,org.opensearch.neuralsearch.plugin.NeuralSearch";

    private OpenSearchEngine() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream ready = System.out;
        System.setOut(System.err); // the runner and its log write to standard output, which is ours
        InputStream lifeline = System.in;
        Path folder = Files.createTempDirectory("kintsugi-opensearch-");
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.setMaxHttpPort(-1); // ask the system for a port instead of trying some
        Thread watch = new Thread(() -> stopAtEnd(lifeline, runner), "lifeline");
        watch.setDaemon(true);
        watch.start();
        runner.onBuild((number, settings) -> {
            settings.put("network.host", "127.0.0.1");
            settings.put("http.port", "0");
            settings.put("transport.port", "0");
            settings.put("discovery.type", "single-node");
            settings.putList("node.roles", "cluster_manager", "data", "ingest");
            settings.put("path.repo", folder.resolve("snapshots").toString());
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
            settings.put("cluster.max_shards_per_node", 5000);
            settings.put("action.destructive_requires_name", false);
        });
        runner.build("-basePath", folder.toString(), "-numOfNode", "1", "-clusterName", "kintsugi-engines",
                "-pluginTypes", PLUGINS);
        Node node = runner.node();
        int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
        ready.println("{\"host\": \"127.0.0.1\", \"port\": " + port + ", \"pid\": " + ProcessHandle.current().pid() + "}");
        ready.flush();
        watch.join();
    }

    private static void stopAtEnd(InputStream lifeline, OpenSearchRunner runner) {
        try {
            while (lifeline.read() != -1) {
                // only the end counts
            }
        } catch (java.io.IOException broken) {
            // as good as the end
        }
        Thread limit = new Thread(() -> haltAfter(5000), "limit");
        limit.setDaemon(true);
        limit.start();
        try {
            runner.close();
            runner.clean();
        } catch (Exception unclean) {
            unclean.printStackTrace();
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }

    private static void haltAfter(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException now) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }
}
