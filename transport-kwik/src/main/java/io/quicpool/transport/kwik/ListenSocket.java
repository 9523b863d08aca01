package io.quicpool.transport.kwik;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The socket of a listener. Kwik's server ends the whole JVM when its socket's receive throws (K2),
 * and loses a connection without an event when its send throws (K14); here neither does. It also
 * counts what arrives from each remote address that has a connection, and is closed when its close
 * returns (K22).
 */
final class ListenSocket extends DatagramSocket {
  private static final long ERROR_PAUSE_NANOS = 1_000_000;
  private static final long LEAVE_NANOS = 1_000_000_000;

  private final ConcurrentHashMap<SocketAddress, Shared> logs = new ConcurrentHashMap<>();

  /** The thread that waits for a packet, if any: it keeps the port bound after a close. */
  private volatile @Nullable Thread receiver;

  private record Shared(PacketLog log, int users) {}

  ListenSocket(InetSocketAddress address) throws SocketException {
    super(address);
  }

  /** The log of a remote address; connections from the same address share it. */
  PacketLog use(InetSocketAddress remote) {
    return logs.merge(
            remote,
            new Shared(new PacketLog(), 1),
            (present, added) -> new Shared(present.log(), present.users() + 1))
        .log();
  }

  /** Gives a use back. */
  void release(InetSocketAddress remote) {
    logs.computeIfPresent(
        remote,
        (address, shared) ->
            shared.users() == 1 ? null : new Shared(shared.log(), shared.users() - 1));
  }

  @Override
  public void receive(DatagramPacket packet) throws IOException {
    while (true) {
      try {
        receiveNext(packet);
        Shared shared = logs.get(packet.getSocketAddress());
        if (shared != null) {
          shared.log().received(packet.getLength());
        }
        return;
      } catch (IOException e) {
        if (isClosed()) {
          awaitShutdown(); // K2: only after kwik has begun to shut down may it see the error
          throw e;
        }
        LockSupport.parkNanos(this, ERROR_PAUSE_NANOS);
      }
    }
  }

  /** Whether a thread waits for a packet; for tests. */
  boolean isReceiving() {
    return receiver != null;
  }

  private void receiveNext(DatagramPacket packet) throws IOException {
    receiver = Thread.currentThread();
    try {
      super.receive(packet);
    } finally {
      receiver = null;
    }
  }

  /**
   * Returns when the port is free: a thread inside the receive call holds the socket until the
   * signal that the JDK sends has reached it, which is not waited for there.
   */
  @Override
  public void close() {
    super.close();
    long end = System.nanoTime() + LEAVE_NANOS;
    Thread inside = receiver;
    while (inside != null && inside != Thread.currentThread() && System.nanoTime() < end) {
      LockSupport.parkNanos(this, ERROR_PAUSE_NANOS);
      inside = receiver;
    }
  }

  /** Kwik interrupts its receiving thread when it shuts down, and not before. */
  private void awaitShutdown() {
    while (!Thread.currentThread().isInterrupted()) {
      LockSupport.park(this);
    }
  }

  @Override
  public void send(DatagramPacket packet) {
    try {
      super.send(packet);
    } catch (IOException e) {
      // K14: as good as lost farther away; QUIC's own recovery repairs it or gives up in time.
      KwikLog.LOGGER.log(System.Logger.Level.DEBUG, "a datagram could not be sent", e);
    }
  }
}
