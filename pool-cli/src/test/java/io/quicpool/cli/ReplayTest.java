package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.spi.EvictionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest {
  private static final Supplier<EvictionPolicy> LRU =
      () ->
          ServiceLoader.load(EvictionPolicy.class).stream()
              .map(ServiceLoader.Provider::get)
              .filter(policy -> policy.name().equals("lru"))
              .findFirst()
              .orElseThrow();

  private static Workload workload(int... requests) {
    int peers = Arrays.stream(requests).max().orElseThrow() + 1;
    return new Workload(
        IntStream.range(0, peers).mapToObj(number -> "p" + number).toList(), requests);
  }

  private static List<Integer> requests(Workload workload) {
    return IntStream.range(0, workload.requestCount()).mapToObj(workload::request).toList();
  }

  @Test
  void lruKeepsWhatWasAskedForLast() {
    Workload workload = workload(0, 1, 0, 2, 0, 1, 2);

    assertEquals(2, new Replay(workload, 2).hits(LRU.get())); // the second and the third 0
  }

  @Test
  void aLoopThatIsLargerThanThePoolNeverHitsUnderLruAndCouldOften() throws Exception {
    Workload loop = Workload.of("loop:5,100", 1);

    assertEquals(0, new Replay(loop, 4).hits(LRU.get()));
    assertTrue(new Replay(loop, 4).optimalHits() > 70);
    assertEquals(95, new Replay(loop, 5).hits(LRU.get()));
  }

  /** The most hits there can be, by going through all choices. */
  private static int best(int[] requests, int at, Set<Integer> pooled, int cap) {
    if (at == requests.length) {
      return 0;
    }
    if (pooled.contains(requests[at])) {
      return 1 + best(requests, at + 1, pooled, cap);
    }
    if (pooled.size() < cap) {
      Set<Integer> more = new TreeSet<>(pooled);
      more.add(requests[at]);
      return best(requests, at + 1, more, cap);
    }
    int most = 0;
    for (int victim : pooled) {
      Set<Integer> other = new TreeSet<>(pooled);
      other.remove(victim);
      other.add(requests[at]);
      most = Math.max(most, best(requests, at + 1, other, cap));
    }
    return most;
  }

  @Test
  void theOptimumIsWhatNoChoiceExceeds() {
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      int[] requests = random.ints(12, 0, 5).toArray();
      int cap = 1 + random.nextInt(3);

      assertEquals(
          best(requests, 0, Set.of(), cap),
          new Replay(workload(requests), cap).optimalHits(),
          () -> Arrays.toString(requests) + " with " + cap);
    }
  }

  @Test
  void theSameSeedMakesTheSameWorkload() throws Exception {
    List<Integer> once = requests(Workload.of("zipf:0.9,1000,5000", 3));

    assertEquals(once, requests(Workload.of("zipf:0.9,1000,5000", 3)));
    long first = once.stream().filter(peer -> peer == 0).count();
    long tenth = once.stream().filter(peer -> peer == 9).count();
    assertTrue(first > 4 * tenth, first + " and " + tenth); // 10 to 0.9 is 7.9
  }

  @Test
  void aTraceNamesAPeerInEachLine(@TempDir Path folder) throws Exception {
    Path trace = folder.resolve("trace");
    Files.writeString(trace, "a.example:1\nb.example:1\n\na.example:1\n");

    Workload read = Workload.of(trace.toString(), 1);

    assertEquals(2, read.peerCount());
    assertEquals("b.example:1", read.peer(1));
    assertEquals(List.of(0, 1, 0), requests(read));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zipf:0.9,10",
        "zipf:x,10,10",
        "zipf:11,10,10",
        "loop:0,10",
        "scan:1,2",
        "loop:1,1e9"
      })
  void whatIsNoWorkloadIsRefusedWithTheRule(String text) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Workload.of(text, 1));

    assertTrue(String.valueOf(refused.getMessage()).contains("must"), refused.getMessage());
  }

  @Test
  void theCommandReplaysAFileAndDrawsAPage(@TempDir Path folder) throws Exception {
    Path trace = Files.writeString(folder.resolve("trace"), "a:1\nb:1\na:1\nb:1\n");
    Path page = folder.resolve("page.html");

    CommandRun run =
        CommandRun.of(
            "simulate-eviction",
            trace.toString(),
            "--cap",
            "2,1",
            "--policy",
            "lru",
            "--report",
            page.toString());

    assertEquals(0, run.exitCode(), run::err);
    assertEquals("", run.err());
    assertTrue(run.out().startsWith("4 requests for 2 peers ("), run::out);
    assertTrue(run.out().matches("(?s).*\\n *1 +lru +0\\.0 % .*\\n *2 +lru +50\\.0 %.*"), run::out);
    String source = Files.readString(page);
    assertTrue(source.contains("50.0 %") && source.contains("class=\"plot\""), source);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zipf:0.9,100,1000", "scan:10,100,1000", "loop:100,1000"})
  void theCommandMakesUpAWorkload(String workload) {
    CommandRun run = CommandRun.of("simulate-eviction", workload, "--cap", "5");

    assertEquals(0, run.exitCode(), run::err);
    assertTrue(run.out().startsWith("1000 requests for "), run::out);
    assertTrue(run.out().matches("(?s).*\\n *5 +lru +[0-9.]+ % +[0-9.]+ %.*"), run::out);
  }

  @Test
  void allCapsAndPoliciesAreInTheTable() throws Exception {
    HitRates rates = HitRates.of(Workload.of("loop:5,100", 1), List.of(4, 5), Map.of("lru", LRU));

    String text = rates.text();

    assertTrue(text.matches("(?s).*4 +lru +0\\.0 % +0\\.0 %.*"), text);
    assertTrue(text.matches("(?s).*5 +lru +95\\.0 % +100\\.0 %.*"), text);
  }
}
