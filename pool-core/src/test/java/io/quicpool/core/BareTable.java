package io.quicpool.core;

import io.quicpool.Endpoint;
import io.quicpool.HostResolver;
import io.quicpool.PoolLimits;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.TlsMaterial;
import io.quicpool.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The pool's decisions over a transport that answers at once, without the builder around them: what
 * a model checker can go through in all its interleavings.
 */
final class BareTable {
  private static final Duration FOR_EVER = Duration.ofHours(1);

  final ConnectionTable table;
  private final Endpoint somewhere = Endpoint.of("10.0.0.1", 1);

  BareTable(int maxConnections) {
    this(maxConnections, request -> FakeTransport.verified(request, new FakeConnection()));
  }

  BareTable(int maxConnections, Function<DialRequest, CompletableFuture<QuicConnection>> dials) {
    ManualTime time = new ManualTime();
    CurrentLimits limits =
        new CurrentLimits(
            new PoolLimits(maxConnections, 8, FOR_EVER, FOR_EVER, FOR_EVER, FOR_EVER), FOR_EVER);
    Callbacks callbacks = new Callbacks(Optional.of(Runnable::run), List.of());
    FakeTransport transport = new FakeTransport(dials);
    Dialler dialler =
        new Dialler(
            transport,
            new CurrentTls(new TlsMaterial(Optional.empty(), Optional.empty(), true)),
            peer -> CompletableFuture.completedFuture(List.of(somewhere)),
            HostResolver.ofPlatform(),
            Optional.empty(),
            time,
            Runnable::run,
            limits,
            new FailedAddresses());
    table =
        new ConnectionTable(
            new ConnectionTable.Limits(limits, 1, maxConnections, 0, Optional.empty(), 0),
            time,
            dialler,
            callbacks,
            new Announcements("bare", callbacks, time),
            new TestPolicy(),
            new HealthMonitor(time, FOR_EVER, FOR_EVER, Optional.empty()),
            new Leases(Optional.empty(), time),
            new StreamServer(Optional.empty()),
            new Rivals(Optional.empty()));
  }
}
