package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.Lease;
import io.quicpool.PooledConnection;
import io.quicpool.PooledConnection.State;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The list of a pool's connections. */
class ConnectionsTest extends PoolTest {

  private static List<PooledConnection> list(Scene scene) {
    return scene.pool.connections().stream()
        .sorted(Comparator.comparing(pooled -> pooled.connection().id()))
        .toList();
  }

  private static void assertShown(
      PooledConnection shown, State state, Optional<Duration> idle, long leases, long streams) {
    assertEquals(state, shown.state());
    assertEquals(idle, shown.idle());
    assertEquals(leases, shown.leases());
    assertEquals(streams, shown.streams());
  }

  @Test
  void itShowsWhatStandsOnEachAndHowLongItIsIdle() throws Exception {
    Scene scene = open(builder -> builder.idleTimeout(seconds(100)));
    scene.use(1);
    scene.advance(seconds(20));
    Lease lease = scene.lease(2);
    lease.openStream();

    List<PooledConnection> all = list(scene);

    assertEquals(2, all.size());
    assertEquals(scene.peer(1), all.get(0).connection().peer());
    assertShown(all.get(0), State.READY, Optional.of(seconds(10)), 0, 0);
    assertShown(all.get(1), State.READY, Optional.empty(), 1, 1);
  }

  @Test
  void itShowsWhatHasLeftAndIsNotClosedYet() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);
    scene.pool.invalidate(scene.peer(1));

    assertShown(list(scene).get(0), State.DRAINING, Optional.empty(), 1, 0);

    lease.close();
    assertEquals(List.of(), list(scene));
  }

  @Test
  void itShowsWhoIsInDoubt() throws Exception {
    Scene scene = open();
    scene.use(1);
    scene.connection(1).dieSilently();

    scene.pool.onNetworkChange();

    assertEquals(State.SUSPECT, list(scene).get(0).state());
  }
}
