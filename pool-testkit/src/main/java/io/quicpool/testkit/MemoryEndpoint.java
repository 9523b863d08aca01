package io.quicpool.testkit;

import io.quicpool.Capability;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.TlsMaterial;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** An endpoint in an {@link InMemoryNetwork}. */
final class MemoryEndpoint implements QuicEndpoint {
  private final InMemoryNetwork network;
  private final EndpointConfig config;
  private final Set<Capability> capabilities;
  private final InetSocketAddress address;
  private volatile TlsMaterial tls;
  private final Object lock = new Object();
  private final Set<InMemoryConnection> connections = new LinkedHashSet<>(); // guarded by lock
  private final Set<PendingDial> dials = new LinkedHashSet<>(); // guarded by lock
  private boolean closed; // guarded by lock

  private MemoryEndpoint(
      InMemoryNetwork network, EndpointConfig config, Set<Capability> capabilities)
      throws PoolOpenException {
    this.network = network;
    this.config = config;
    this.capabilities = capabilities;
    this.tls = config.tls();
    this.address =
        config.listening().isPresent()
            ? network.listen(
                new InMemoryNetwork.Listener(this, config, capabilities, false, false),
                config.listening().get().address())
            : network.dialAddress();
  }

  static MemoryEndpoint open(
      InMemoryNetwork network, EndpointConfig config, Set<Capability> capabilities)
      throws PoolOpenException {
    return new MemoryEndpoint(network, config, capabilities);
  }

  @Override
  public CompletableFuture<QuicConnection> connect(DialRequest request) {
    DialOutcome outcome = network.dialled(request.address()).takeOutcome();
    PendingDial dial = new PendingDial(network, this, request, outcome);
    synchronized (lock) {
      if (closed) {
        return CompletableFuture.failedFuture(new PoolClosedException("the endpoint is closed"));
      }
      dials.add(dial);
    }
    try {
      CompletableFuture<QuicConnection> future = dial.start();
      future.whenComplete((connection, error) -> forget(dial));
      return future;
    } catch (RuntimeException e) {
      forget(dial);
      throw e;
    }
  }

  private void forget(PendingDial dial) {
    synchronized (lock) {
      dials.remove(dial);
    }
  }

  /** Takes a connection into its care; false if it is closed and takes none. */
  boolean own(InMemoryConnection connection) {
    synchronized (lock) {
      if (closed) {
        return false;
      }
      connections.add(connection);
    }
    connection.closed().thenRun(() -> disown(connection));
    return true;
  }

  private void disown(InMemoryConnection connection) {
    synchronized (lock) {
      connections.remove(connection);
    }
  }

  void accept(InMemoryConnection connection) {
    EndpointConfig.Listening listening = config.listening().orElseThrow();
    try {
      config.handlerExecutor().execute(() -> listening.acceptor().accept(connection));
    } catch (RejectedExecutionException e) {
      connection.abandon("nobody is left to accept it");
    }
  }

  @Override
  public InetSocketAddress localAddress() {
    return address;
  }

  @Override
  public Set<Capability> capabilities() {
    return capabilities;
  }

  @Override
  public void reloadTls(TlsMaterial newTls) throws PoolOpenException {
    InMemoryTransport.check(newTls, config.listening().isPresent());
    tls = newTls;
  }

  /** Who it is now. */
  TlsMaterial tls() {
    return tls;
  }

  EndpointConfig config() {
    return config;
  }

  @Override
  public QuicConnection adopt(Object nativeConnection) {
    if (!capabilities.contains(Capability.ADOPT)) {
      throw new IllegalArgumentException("this transport adopts no connections");
    }
    if (!(nativeConnection instanceof InMemoryConnection connection) || !connection.isOpen()) {
      throw new IllegalArgumentException(
          "only an open connection in memory can be adopted, was " + nativeConnection);
    }
    if (!own(connection)) {
      throw new IllegalArgumentException("the endpoint is closed");
    }
    return connection;
  }

  @Override
  public void close() {
    List<InMemoryConnection> open;
    List<PendingDial> running;
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      open = new ArrayList<>(connections);
      running = new ArrayList<>(dials);
    }
    network.closed(this);
    running.forEach(dial -> dial.fail(new PoolClosedException("the endpoint was closed")));
    open.forEach(connection -> connection.abandon("endpoint closed"));
  }
}
