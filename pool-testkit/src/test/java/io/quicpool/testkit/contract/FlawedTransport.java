package io.quicpool.testkit.contract;

import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectionStats;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicStream;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsMaterial;
import io.quicpool.testkit.InMemoryTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** The transport in memory, with one flaw. */
final class FlawedTransport implements QuicTransport {

  enum Flaw {
    NONE(""),
    SHOUTS_ITS_NAME("aTransportHasALowerCaseNameAndAVersion"),
    IGNORES_THE_PROTOCOL("aDialWithAnotherProtocolIsRefusedAsSuch"),
    IGNORES_THE_DEADLINE("aDialIntoABlackHoleFailsAtItsTimeout"),
    BLOCKS_IN_CONNECT("aDialIntoABlackHoleFailsAtItsTimeout"),
    FAILS_UNTYPED("aDialToAClosedPortFailsAtItsTimeoutAtTheLatest"),
    LEAKS_THREADS_OF_CANCELLED_DIALS("aCancelledDialIsAbandonedAndFreesWhatItHeld"),
    IGNORES_CANCELLED_DIALS("aConnectionOutOfACancelledDialIsClosedByTheTransport"),
    DIALS_ON_WHEN_CLOSED("aClosedEndpointDialsNoMore"),
    IGNORES_THE_VERIFIER("aCertificateForAnotherHostIsRefused"),
    MISSES_CERTIFICATES_WITHOUT_NAME("aCertificateWithoutCommonNameForAnotherHostIsRefused"),
    VERIFIES_AFTER_ACCEPTING("aWrongPinnedKeyIsRefused"),
    TAKES_ANY_CLIENT("aDiallerWithoutTheCertificateThatIsDemandedIsRefused"),
    LOSES_THE_END("anOutputThatEndsLeavesTheInputOpen"),
    LOSES_SOME_ENDS("everyByteAndEveryEndOfManyStreamsArrives"),
    CUTS_LARGE_STREAMS("aReplyComesBackWholeWhateverItsSize"),
    CHANGES_A_BYTE("bothSidesSendAtOnce"),
    CHANGES_A_BYTE_OF_LARGE_ECHOES("tenMegabytesComeBackEachTime"),
    HOLDS_BACK_FOR_EVER("requestAndReplyAlternateOnOneStreamWithoutFlush"),
    DROPS_WHAT_ENDED_ON_CLOSE("anOutputThatEndedIsDeliveredThoughTheStreamIsClosed"),
    MAKES_CUT_STREAMS_LOOK_WHOLE("closingAStreamWithUnfinishedOutputNeverLooksLikeItsEnd"),
    IGNORES_STOP("aRequestToStopIsSeenByTheWriter"),
    IGNORES_TIMEOUTS("aReadThatWaitsTooLongResetsTheStream"),
    SWALLOWS_INTERRUPTS("anInterruptedReadLeavesTheStreamUsable"),
    ENDS_TOO_EARLY("aStreamHasEndedWhenBothDirectionsHave"),
    LOSES_EARLY_STREAMS("streamsThatCameBeforeTheirHandlerWaitForIt"),
    CALLS_HANDLERS_ON_ITS_OWN_THREAD("aHandlerThatBlocksHoldsUpNoOtherStream"),
    BURNS_CREDIT("whoLeavesTheQueueUsesNoCredit"),
    FORGETS_WHO_WAITS("theEndOfTheConnectionWakesWhoWaitsForCredit"),
    TELLS_ENDS_TWICE("aConnectionEndsOnceForTheFirstReason"),
    LOSES_CLOSE_CODES("aCloseIsToldToThePeerWithCodeAndReason"),
    LEAVES_READERS_ASLEEP("theEndOfTheConnectionWakesReadersAndWriters"),
    OPENS_STREAMS_AFTER_THE_END("anEndedConnectionOpensNoStreams"),
    PROBES_TRUE_ALWAYS("aProbeOfASilentPeerIsFalseInTimeAndHarmsNothing"),
    LEAKS_THREADS("everythingIsFreedWhenEndpointsClose");

    final String seenBy;

    Flaw(String seenBy) {
      this.seenBy = seenBy;
    }
  }

  private final InMemoryTransport sound;
  private final Flaw flaw;

  FlawedTransport(InMemoryTransport sound, Flaw flaw) {
    this.sound = sound;
    this.flaw = flaw;
  }

  private boolean has(Flaw one) {
    return flaw == one;
  }

  @Override
  public String name() {
    return has(Flaw.SHOUTS_ITS_NAME) ? "MEMORY" : "memory";
  }

  @Override
  public String version() {
    return "flawed";
  }

  private void leakThread() {
    Thread thread = new Thread(FlawedTransport::sleep, "quicpool-memory-leak");
    thread.setDaemon(true);
    thread.start();
  }

  private static void sleep() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) throws PoolOpenException {
    if (has(Flaw.LEAKS_THREADS)) {
      leakThread();
    }
    EndpointConfig.Builder copy =
        EndpointConfig.builder(has(Flaw.IGNORES_THE_PROTOCOL) ? "any" : config.alpn(), config.tls())
            .maxIncomingStreams(config.maxIncomingStreams())
            .streamWindowBytes(config.streamWindowBytes())
            .handlerExecutor(
                has(Flaw.CALLS_HANDLERS_ON_ITS_OWN_THREAD)
                    ? task -> new Thread(task, "own").start()
                    : config.handlerExecutor());
    config
        .listening()
        .ifPresent(
            l ->
                copy.listen(
                    l.address(),
                    has(Flaw.TAKES_ANY_CLIENT) ? EndpointConfig.ClientAuth.NONE : l.clientAuth(),
                    l.verifier(),
                    connection -> l.acceptor().accept(new Connection(connection))));
    return new Endpoint(sound.open(copy.build()));
  }

  private final class Endpoint implements QuicEndpoint {
    private final QuicEndpoint inner;
    private volatile boolean closed;

    private Endpoint(QuicEndpoint inner) {
      this.inner = inner;
    }

    @Override
    public CompletableFuture<QuicConnection> connect(DialRequest request) {
      if (closed && has(Flaw.DIALS_ON_WHEN_CLOSED)) {
        return new CompletableFuture<>();
      }
      CompletableFuture<QuicConnection> dial = dial(request);
      boolean failed = dial.isCompletedExceptionally();
      if (failed && has(Flaw.IGNORES_THE_DEADLINE)) {
        return new CompletableFuture<>();
      }
      if (failed && has(Flaw.BLOCKS_IN_CONNECT)) {
        CompletableFuture<Object> never = new CompletableFuture<>();
        never.completeOnTimeout(1, 1200, java.util.concurrent.TimeUnit.MILLISECONDS).join();
      }
      if (failed && has(Flaw.FAILS_UNTYPED)) {
        return CompletableFuture.failedFuture(new IOException("refused"));
      }
      if (failed && has(Flaw.LEAKS_THREADS_OF_CANCELLED_DIALS)) {
        leakThread();
      }
      if (has(Flaw.IGNORES_CANCELLED_DIALS)) {
        return new CompletableFuture<QuicConnection>().copy(); // and the connection stays
      }
      return dial.thenApply(Connection::new);
    }

    private CompletableFuture<QuicConnection> dial(DialRequest request) {
      PeerVerifier verifier = request.verifier();
      if (has(Flaw.IGNORES_THE_VERIFIER) || has(Flaw.VERIFIES_AFTER_ACCEPTING)) {
        verifier = PeerVerifier.ofAnyone();
      } else if (has(Flaw.MISSES_CERTIFICATES_WITHOUT_NAME)) {
        verifier =
            chain -> {
              if (chain.get(0).getSubjectX500Principal().getName().contains("CN=")) {
                request.verifier().verify(chain);
              }
            };
      }
      CompletableFuture<QuicConnection> dial =
          inner.connect(
              new DialRequest(
                  request.address(), request.serverName(), verifier, request.timeout()));
      if (has(Flaw.VERIFIES_AFTER_ACCEPTING)) {
        return dial.thenApply(connection -> verified(connection, request.verifier()));
      }
      return dial;
    }

    private QuicConnection verified(QuicConnection connection, PeerVerifier verifier) {
      try {
        verifier.verify(connection.peerCertificates());
        return connection;
      } catch (java.security.cert.CertificateException e) {
        connection.close(1, "late");
        throw new CompletionException(
            new ConnectFailedException(ConnectFailedException.Phase.IDENTITY, "late", e));
      }
    }

    @Override
    public InetSocketAddress localAddress() {
      return inner.localAddress();
    }

    @Override
    public void reloadTls(TlsMaterial tls) throws PoolOpenException {
      inner.reloadTls(tls);
    }

    @Override
    public Set<Capability> capabilities() {
      return inner.capabilities();
    }

    @Override
    public QuicConnection adopt(Object nativeConnection) {
      return inner.adopt(nativeConnection);
    }

    @Override
    public void close() {
      closed = true;
      inner.close();
    }
  }

  private final class Connection implements QuicConnection {
    private final QuicConnection inner;

    private Connection(QuicConnection inner) {
      this.inner = inner;
    }

    @Override
    public InetSocketAddress remoteAddress() {
      return inner.remoteAddress();
    }

    @Override
    public boolean isDialled() {
      return inner.isDialled();
    }

    @Override
    public String alpn() {
      return inner.alpn();
    }

    @Override
    public List<X509Certificate> peerCertificates() {
      return inner.peerCertificates();
    }

    @Override
    public boolean isOpen() {
      return inner.isOpen();
    }

    @Override
    public CompletionStage<CloseReason> closed() {
      if (has(Flaw.TELLS_ENDS_TWICE)) {
        return new TwiceFuture(inner.closed().toCompletableFuture());
      }
      return inner.closed();
    }

    @Override
    public CompletableFuture<QuicStream> openStream() {
      if (has(Flaw.OPENS_STREAMS_AFTER_THE_END) && !isOpen()) {
        return new CompletableFuture<>();
      }
      CompletableFuture<QuicStream> opening = inner.openStream();
      if (has(Flaw.FORGETS_WHO_WAITS)) {
        CompletableFuture<QuicStream> given = new CompletableFuture<>();
        opening.thenAccept(stream -> given.complete(new FlawedStream(stream, flaw)));
        return given;
      }
      CompletableFuture<QuicStream> given =
          opening.thenApply(stream -> new FlawedStream(stream, flaw));
      if (!has(Flaw.BURNS_CREDIT)) {
        given.whenComplete(
            (stream, error) -> {
              if (given.isCancelled() && !opening.cancel(true)) {
                opening.thenAccept(QuicStream::close);
              }
            });
      }
      return given;
    }

    @Override
    public OptionalLong availableStreams() {
      return inner.availableStreams();
    }

    @Override
    public void onStream(Consumer<QuicStream> handler) {
      long since = System.nanoTime();
      inner.onStream(
          stream -> {
            boolean early = System.nanoTime() - since < 100_000_000;
            if (!(has(Flaw.LOSES_EARLY_STREAMS) && early)) {
              handler.accept(new FlawedStream(stream, flaw));
            }
          });
    }

    @Override
    public boolean canProbe() {
      return inner.canProbe();
    }

    @Override
    public CompletableFuture<Boolean> probe(Duration patience) {
      return has(Flaw.PROBES_TRUE_ALWAYS)
          ? CompletableFuture.completedFuture(true)
          : inner.probe(patience);
    }

    @Override
    public Optional<Duration> sinceLastPacket() {
      return inner.sinceLastPacket();
    }

    @Override
    public ConnectionStats stats() {
      return inner.stats();
    }

    @Override
    public void close(long code, String reason) {
      inner.close(has(Flaw.LOSES_CLOSE_CODES) ? 0 : code, reason);
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> type) {
      return inner.unwrap(type);
    }
  }

  /** Calls every callback twice. */
  private static final class TwiceFuture extends CompletableFuture<CloseReason> {
    private final CompletableFuture<CloseReason> inner;

    private TwiceFuture(CompletableFuture<CloseReason> inner) {
      this.inner = inner;
      inner.thenAccept(this::complete);
    }

    @Override
    public CompletableFuture<Void> thenRun(Runnable action) {
      inner.thenRun(action);
      return super.thenRun(action);
    }
  }
}
