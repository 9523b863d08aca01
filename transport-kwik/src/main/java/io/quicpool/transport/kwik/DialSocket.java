package io.quicpool.transport.kwik;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;

/**
 * The socket of one dialled connection. It counts what arrives (see {@link PacketLog}), and hides
 * from kwik errors that it would die of.
 */
final class DialSocket extends DatagramSocket {
  private static final long ERROR_PAUSE_NANOS = 1_000_000;

  private final InetSocketAddress remote;
  private final PacketLog log = new PacketLog();
  private final CompletableFuture<Void> freed = new CompletableFuture<>();
  private volatile boolean established;

  DialSocket(InetSocketAddress remote) throws SocketException {
    this.remote = remote;
  }

  PacketLog log() {
    return log;
  }

  /** Completes when the socket is closed: kwik's last act for a connection, also a failed one. */
  CompletionStage<Void> freed() {
    return freed;
  }

  /** From now on an error of the network is the loss of a packet, no longer the end. */
  void established() {
    established = true;
  }

  @Override
  public void receive(DatagramPacket packet) throws IOException {
    while (true) {
      try {
        super.receive(packet);
        if (remote.equals(packet.getSocketAddress())) {
          log.received(packet.getLength());
        }
        return;
      } catch (IOException e) {
        if (isClosed()) {
          throw e;
        }
        // K2: kwik takes any error for the end of the socket. It is not while the socket is open,
        // so the next packet is waited for; the pause keeps a lasting error from spinning.
        LockSupport.parkNanos(this, ERROR_PAUSE_NANOS);
      }
    }
  }

  @Override
  public void send(DatagramPacket packet) throws IOException {
    try {
      int second = Coalesced.secondPacket(packet.getData(), packet.getOffset(), packet.getLength());
      int rest = packet.getLength() - second;
      packet.setLength(second);
      super.send(packet);
      if (rest > 0) {
        packet.setData(packet.getData(), packet.getOffset() + second, rest);
        super.send(packet);
      }
    } catch (IOException e) {
      // K14: kwik's sender thread dies of it and no close event tells. During the handshake that is
      // what is wanted (the dial fails at once, with the cause); afterwards QUIC's loss recovery,
      // idle timeout and probes judge, as they do for a packet that is lost farther away.
      if (!established) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    super.close();
    freed.complete(null);
  }
}
