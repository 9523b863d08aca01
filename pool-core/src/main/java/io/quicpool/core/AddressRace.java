package io.quicpool.core;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Endpoint;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Tries a peer's addresses, in the manner of RFC 8305: the next one begins when the one before has
 * failed, or has not answered for 250 ms, and at most two are tried at a time. The first that
 * proves to be the peer wins; what the others still yield is closed.
 *
 * <p>{@code lock} protects which have begun and how they ended. Handshakes are begun and the result
 * is completed outside of it.
 */
final class AddressRace {
  private static final long HEAD_START_NANOS = 250_000_000; // RFC 8305, section 5
  private static final int MOST_AT_A_TIME = 2;

  /** An address to try, and the endpoint that it is of. */
  record Target(Endpoint endpoint, InetSocketAddress address) {
    Target(Endpoint endpoint, InetAddress address) {
      this(endpoint, new InetSocketAddress(address, endpoint.port()));
    }
  }

  private final Dialler dialler;
  private final Peer peer;
  private final List<Target> targets;
  private final long deadlineNanos;
  private final CompletableFuture<QuicConnection> result;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Target, Integer> running = new HashMap<>(); // guarded by lock; the how manyth
  private int winner = Integer.MAX_VALUE; // guarded by lock
  private int begun; // guarded by lock
  private @Nullable PoolException lastFailure; // guarded by lock

  /**
   * Begins with {@link #start}.
   *
   * @param result completed with the winner, or with the last failure when all have failed
   */
  AddressRace(
      Dialler dialler,
      Peer peer,
      List<Target> targets,
      long deadlineNanos,
      CompletableFuture<QuicConnection> result) {
    this.dialler = dialler;
    this.peer = peer;
    this.targets = dialler.failedAddresses().failedLast(targets, Target::address);
    this.deadlineNanos = deadlineNanos;
    this.result = result;
  }

  /** The addresses of one endpoint: IPv6 and IPv4 in turn, each in the order given. */
  static List<Target> targets(Endpoint endpoint, List<InetAddress> addresses) {
    List<InetAddress> six = addresses.stream().filter(a -> a instanceof Inet6Address).toList();
    List<InetAddress> four = addresses.stream().filter(a -> !(a instanceof Inet6Address)).toList();
    List<Target> inTurn = new ArrayList<>();
    for (int i = 0; i < Math.max(six.size(), four.size()); i++) {
      if (i < six.size()) {
        inTurn.add(new Target(endpoint, six.get(i)));
      }
      if (i < four.size()) {
        inTurn.add(new Target(endpoint, four.get(i)));
      }
    }
    return inTurn;
  }

  void start() {
    result.whenComplete((connection, failure) -> over(connection != null));
    next();
  }

  /** Begins with the next address if there is one and not too many are being tried. */
  private void next() {
    Target target;
    Duration share;
    boolean more;
    lock.lock();
    try {
      if (result.isDone() || begun == targets.size() || running.size() == MOST_AT_A_TIME) {
        return;
      }
      int left = targets.size() - begun;
      target = targets.get(begun);
      running.put(target, begun++);
      more = begun < targets.size();
      long remaining = deadlineNanos - dialler.time().nanos();
      share = Duration.ofNanos(Math.max(1, remaining / ((left + 1) / MOST_AT_A_TIME)));
    } finally {
      lock.unlock();
    }
    attempt(target, share);
    if (more && !result.isDone()) {
      var alarm = dialler.time().schedule(HEAD_START_NANOS, this::next);
      result.whenComplete((connection, failure) -> alarm.cancel());
    }
  }

  private void attempt(Target target, Duration share) {
    AtomicBoolean verified = new AtomicBoolean();
    AtomicReference<@Nullable Object> outcome = new AtomicReference<>();
    CompletableFuture<QuicConnection> handshake = connect(target, share, verified);
    result.whenComplete((connection, failure) -> handshake.cancel(false));
    handshake.whenComplete(
        (connection, failure) -> {
          if (!outcome.compareAndSet(null, connection == null ? handshake : connection)) {
            if (outcome.get() != connection) {
              discard(connection); // a transport that completes twice
            }
          } else if (failure != null) {
            failed(target, typed(target, Dial.unwrapped(failure)));
          } else if (connection == null) {
            failed(
                target,
                new ConnectFailedException(
                    Phase.HANDSHAKE,
                    "the transport must complete a dial with a connection, it did with none"));
          } else if (!verified.get()) {
            discard(connection);
            failed(
                target,
                new ConnectFailedException(
                    Phase.IDENTITY,
                    "the transport must verify "
                        + peer
                        + " before it completes a dial, it did not"));
          } else {
            won(target, connection);
          }
        });
  }

  private CompletableFuture<QuicConnection> connect(
      Target target, Duration timeout, AtomicBoolean verified) {
    try {
      dialler.verifierOf(peer, target.endpoint()); // fails now if it has to
      DialRequest request =
          new DialRequest(
              target.address(),
              Dialler.hostToProve(peer, target.endpoint()),
              chain -> {
                verify(target, chain);
                verified.set(true);
              },
              timeout);
      CompletableFuture<QuicConnection> handshake = dialler.endpoint().connect(request);
      return handshake == null
          ? CompletableFuture.failedFuture(
              new IllegalStateException("connect must return a future, it returned none"))
          : handshake;
    } catch (PoolException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** By the settings of this moment: they may have been reloaded since the dial began. */
  private void verify(Target target, List<X509Certificate> chain) throws CertificateException {
    PeerVerifier verifier;
    try {
      verifier = dialler.verifierOf(peer, target.endpoint());
    } catch (ConnectFailedException e) {
      throw new CertificateException(e.getMessage(), e);
    }
    verifier.verify(chain);
  }

  private void won(Target target, QuicConnection connection) {
    lock.lock();
    try {
      Integer place = running.remove(target);
      if (place != null && !result.isDone()) {
        winner = Math.min(winner, place);
      }
    } finally {
      lock.unlock();
    }
    dialler.failedAddresses().succeeded(target.address());
    if (!result.complete(connection)) {
      discard(connection); // too late: another has won, or nobody waits any more
    }
  }

  private void failed(Target target, PoolException failure) {
    boolean last;
    lock.lock();
    try {
      if (result.isDone() || running.remove(target) == null) {
        return; // the race is over, which ended it
      }
      if (lastFailure != null) {
        failure.addSuppressed(lastFailure);
      }
      lastFailure = failure;
      last = begun == targets.size() && running.isEmpty();
    } finally {
      lock.unlock();
    }
    dialler.failedAddresses().failed(target.address());
    if (last) {
      result.completeExceptionally(failure);
    } else {
      next();
    }
  }

  /** Those that had not answered were too slow, if a later one won or the time is up. */
  private void over(boolean won) {
    List<Target> slow = new ArrayList<>();
    lock.lock();
    try {
      running.forEach(
          (target, place) -> {
            if (!won || place < winner) {
              slow.add(target);
            }
          });
      running.clear();
    } finally {
      lock.unlock();
    }
    if (won || dialler.time().nanos() - deadlineNanos >= 0) {
      slow.forEach(target -> dialler.failedAddresses().failed(target.address()));
    }
  }

  private PoolException typed(Target target, Throwable failure) {
    return failure instanceof ConnectFailedException || failure instanceof PoolClosedException
        ? (PoolException) failure
        : new ConnectFailedException(
            Phase.HANDSHAKE,
            "no connection to "
                + peer
                + " at "
                + target.address().getAddress().getHostAddress()
                + ": "
                + failure,
            failure);
  }

  private static void discard(@Nullable QuicConnection connection) {
    if (connection != null) {
      Closing.close(connection, 0, "");
    }
  }
}
