package example.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.contract.EvictionPolicyContract;
import io.quicpool.testkit.contract.TestEntry;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every policy has to keep, and what this one is for. */
class CheapestToRestoreTest extends EvictionPolicyContract {
  @Override
  protected EvictionPolicy newPolicy() {
    return new CheapestToRestore();
  }

  private static TestEntry added(EvictionPolicy policy, String id, int rttMillis, int uses) {
    TestEntry entry = new TestEntry(id).rtt(Duration.ofMillis(rttMillis));
    policy.added(entry);
    policy.used(entry, uses);
    return entry;
  }

  @Test
  void whatIsNearOrSeldomUsedGoesFirst() {
    EvictionPolicy policy = newPolicy();
    TestEntry far = added(policy, "far", 100, 1);
    TestEntry near = added(policy, "near", 10, 1);
    TestEntry nearAndBusy = added(policy, "near and busy", 10, 30);
    assertEquals(List.of(near, far, nearAndBusy), victims(policy));
  }

  @Test
  void aFavouriteOfLongAgoGoesInTheEnd() {
    EvictionPolicy policy = newPolicy();
    TestEntry favourite = added(policy, "favourite", 10, 100);
    for (int i = 0; i < 1000; i++) { // each evicts the one before, which is worth less
      added(policy, "other " + i, 10, 1);
      EvictionPolicy.Entry victim = policy.victims().iterator().next();
      policy.removed(victim);
      if (victim == favourite) {
        return;
      }
    }
    throw new AssertionError("a favourite that nobody uses must age");
  }

  @Test
  void aPoolFindsItByItsName() throws Exception {
    InMemoryNetwork network = new InMemoryNetwork();
    for (int host = 1; host <= 3; host++) {
      network.echo(new InetSocketAddress("10.0.0." + host, 4433));
    }
    try (QuicPool pool =
        QuicPool.builder()
            .alpn("test/1")
            .tls(Tls.insecure())
            .transport(network.transport())
            .eviction("cheapest-to-restore")
            .maxConnections(2)
            .open()) {
      for (int host : new int[] {1, 1, 1, 2, 3}) {
        pool.acquire(Peer.of("10.0.0." + host + ":4433")).close();
      }
      assertEquals(
          Set.of(Peer.of("10.0.0.1:4433"), Peer.of("10.0.0.3:4433")), pool.connectedPeers());
    }
  }
}
