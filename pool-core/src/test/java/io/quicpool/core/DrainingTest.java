package io.quicpool.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.QuicStream;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.InMemoryConnection.CloseCall;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DrainingTest extends PoolTest {

  @Test
  void anInvalidatedConnectionIsHandedOutNoMoreAndClosedWithItsLastShare() throws Exception {
    Scene scene = open();
    Lease one = scene.lease(1);
    Lease other = scene.lease(1);
    InMemoryConnection old = scene.connection(1);

    assertTrue(scene.pool.invalidate(scene.peer(1)));

    assertTrue(old.isOpen());
    assertEquals(1, scene.stats().draining());
    assertEquals(0, scene.stats().open());
    one.close();
    assertTrue(old.isOpen());
    other.close();
    assertEquals(List.of(new CloseCall(3, "invalidated")), old.closeCalls());
    assertEquals(0, scene.stats().draining());
  }

  @Test
  void thePeerOfADrainingConnectionIsDialledAnew() throws Exception {
    Scene scene = open();
    Lease old = scene.lease(1);
    old.invalidate();

    Lease fresh = scene.lease(1);

    assertEquals(2, scene.network.opened());
    assertTrue(fresh.connection().id() != old.connection().id());
    old.close();
    assertTrue(fresh.connection().isOpen());
  }

  @Test
  void aDrainingConnectionTakesNoRoom() throws Exception {
    Scene scene = open(max(1));
    Lease old = scene.lease(1);
    old.invalidate();

    scene.use(2);

    assertTrue(old.connection().isOpen());
    assertEquals(1, scene.stats().draining());
    assertEquals(0, scene.stats().evictions());
  }

  @Test
  void anOpenStreamKeepsADrainingConnection() throws Exception {
    Scene scene = open();
    QuicStream stream = scene.pool.openStream(scene.peer(1));
    scene.pool.invalidate(scene.peer(1));

    stream.output().write("still there".getBytes(UTF_8));
    stream.output().close();
    assertEquals("still there", new String(stream.input().readAllBytes(), UTF_8));

    assertFalse(scene.connection(1).isOpen(), "with its last stream");
    assertEquals(0, scene.stats().draining());
  }

  @Test
  void aHeldLeaseMayOpenStreamsOnADrainingConnection() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);
    lease.invalidate();

    QuicStream stream = lease.openStream();
    lease.close();

    assertTrue(scene.connection(1).isOpen());
    stream.close();
    assertFalse(scene.connection(1).isOpen());
  }

  @Test
  void aDrainingConnectionHasAllTheTimeItNeeds() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);
    lease.invalidate();

    scene.advance(Duration.ofHours(12));

    assertTrue(lease.connection().isOpen());
  }

  @Test
  void aDrainingConnectionThatDiesIsClosedOnceAndCountedOnce() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);
    lease.invalidate();

    scene.connection(1).lose();

    assertEquals(1, scene.stats().closed());
    assertEquals(0, scene.stats().draining());
    lease.close();
    assertEquals(1, scene.stats().closed());
  }

  @Test
  void aSecondInvalidateOfTheSameLeaseTouchesNoNewerConnection() throws Exception {
    Scene scene = open();
    Lease old = scene.lease(1);
    old.invalidate();
    scene.use(1);

    old.invalidate();
    old.close();
    old.invalidate();

    assertTrue(scene.holds(1));
    assertTrue(scene.connection(1).isOpen());
  }
}
