package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** An id is for one dialler: nobody else can work it out, or be given it (R15). */
class ConnectionIdsTest {
  private static final ByteBuffer MADE_UP = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
  private static final ByteBuffer THEIRS = ByteBuffer.wrap(new byte[] {9, 9, 9, 9});
  private static final InetSocketAddress DIALLER = new InetSocketAddress("127.0.0.1", 4001);

  private static ByteBuffer id(ConnectionIds ids, InetSocketAddress sender) {
    ids.sender(sender);
    return ids.newId(THEIRS.duplicate(), MADE_UP.duplicate(), 20);
  }

  @Test
  void theSamePacketAgainIsGivenTheSameId() {
    ConnectionIds ids = new ConnectionIds();
    ByteBuffer id = id(ids, DIALLER);
    assertEquals(20, id.remaining());
    assertEquals(id, id(ids, DIALLER));
  }

  /**
   * Else who dials first from an address of its own knows the id by which another one is proven.
   */
  @Test
  void anotherAddressIsGivenAnotherId() {
    ConnectionIds ids = new ConnectionIds();
    ByteBuffer id = id(ids, DIALLER);
    assertNotEquals(id, id(ids, new InetSocketAddress("127.0.0.1", 4002)));
    assertNotEquals(id, id(ids, new InetSocketAddress("127.0.0.2", 4001)));
    assertNotEquals(id, id(ids, new InetSocketAddress("::1", 4001)));
  }

  /** Else who dials with an id that it saw is given one that its owner will move to. */
  @Test
  void aFirstIdIsNoFurtherOne() {
    ConnectionIds ids = new ConnectionIds();
    assertNotEquals(id(ids, DIALLER), ids.newId(MADE_UP.duplicate(), 20));
    assertEquals(ids.newId(MADE_UP.duplicate(), 20), ids.newId(MADE_UP.duplicate(), 20));
  }

  @Test
  void anotherListenerGivesAnotherId() {
    assertNotEquals(id(new ConnectionIds(), DIALLER), id(new ConnectionIds(), DIALLER));
  }
}
