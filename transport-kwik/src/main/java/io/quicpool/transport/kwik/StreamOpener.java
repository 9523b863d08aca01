package io.quicpool.transport.kwik;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicStream;

/**
 * Opens the streams of one connection, in the order in which they were asked for.
 *
 * <p>K3: kwik's createStream waits for the peer's stream credit without a timeout, and does not
 * wake when the connection ends. It is therefore called by one worker thread, which exists only
 * while somebody waits or few streams are there for who comes next (also while the peer allows no
 * more), and which is interrupted when the connection ends. It opens some streams ahead, so that
 * most callers need not wait for a thread.
 *
 * <p>K16: kwik ignores the reset of a stream of which it has seen no data, and then never gives the
 * credit back. So a stream that comes when nobody waits any more, or that was closed without being
 * used, is kept for the next caller: the peer has not heard of it.
 */
final class StreamOpener {
  private static final int AHEAD = 4;

  private final QuicConnection connection;
  private final Function<QuicStream, KwikStream> wrapper;
  private final Workers workers;
  private final Supplier<CloseReason> whyEnded;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by lock.
  private final Queue<CompletableFuture<io.quicpool.QuicStream>> waiters = new ArrayDeque<>();
  private final NavigableMap<Integer, QuicStream> spares = new TreeMap<>(); // by id
  private int highestUsed = -1; // with its data the peer learns of all streams below
  private @Nullable Thread worker;
  private boolean working;
  private @Nullable CloseReason over;

  StreamOpener(
      QuicConnection connection,
      Function<QuicStream, KwikStream> wrapper,
      Workers workers,
      Supplier<CloseReason> whyEnded) {
    this.connection = connection;
    this.wrapper = wrapper;
    this.workers = workers;
    this.whyEnded = whyEnded;
  }

  CompletableFuture<io.quicpool.QuicStream> open() {
    CompletableFuture<io.quicpool.QuicStream> waiter = new CompletableFuture<>();
    QuicStream ready = null;
    CloseReason lost;
    boolean start = false;
    lock.lock();
    try {
      lost = over;
      if (lost == null) {
        ready = takeSpare();
        if (ready == null) {
          waiters.add(waiter);
        }
        start = !working && spares.isEmpty();
        working |= start;
      }
    } finally {
      lock.unlock();
    }
    if (lost != null) {
      waiter.completeExceptionally(lost(lost, null));
    } else if (ready != null) {
      waiter.complete(wrapper.apply(ready));
    }
    if (start) {
      start();
    }
    return waiter;
  }

  private @Nullable QuicStream takeSpare() {
    Map.Entry<Integer, QuicStream> first;
    do {
      first = spares.pollFirstEntry();
    } while (first != null && !isFresh(first.getValue()));
    return first == null ? null : first.getValue();
  }

  /** Whether the peer has not ended it in the meantime. */
  private static boolean isFresh(QuicStream stream) {
    try {
      stream.getOutputStream().flush(); // only looks whether the stream is still writable
      return true;
    } catch (IOException over) {
      return false;
    }
  }

  private void start() {
    try {
      workers.blocking().execute(this::work);
    } catch (RejectedExecutionException closed) {
      connectionOver(CloseReason.local(0, "endpoint closed"));
    }
  }

  private void work() {
    int ahead = AHEAD;
    while (isWanted(ahead)) {
      try {
        handOver(connection.createStream(true));
      } catch (IOException | RuntimeException e) { // K3: an interrupt is a RuntimeException
        fail(e);
        ahead = 0;
      }
    }
  }

  /** Whether to open one more; false ends the worker, and whoever comes later starts another. */
  private boolean isWanted(int ahead) {
    lock.lock();
    try {
      while (!waiters.isEmpty() && waiters.element().isDone()) {
        waiters.remove(); // cancelled
      }
      working = !waiters.isEmpty() || over == null && spares.size() < ahead;
      worker = working ? Thread.currentThread() : null;
      return working;
    } finally {
      lock.unlock();
    }
  }

  private void handOver(QuicStream opened) {
    CompletableFuture<io.quicpool.QuicStream> waiter;
    lock.lock();
    try {
      do {
        waiter = waiters.poll();
      } while (waiter != null && waiter.isDone()); // cancelled
      if (waiter == null) {
        spares.put(opened.getStreamId(), opened);
      }
    } finally {
      lock.unlock();
    }
    if (waiter != null) {
      KwikStream stream = wrapper.apply(opened);
      if (!waiter.complete(stream)) {
        stream.close(); // cancelled just now: unused, so it comes back here
      }
    }
  }

  /** Whether the peer cannot know of a stream on which nothing was sent. */
  boolean isUnknownToPeer(QuicStream unused) {
    lock.lock();
    try {
      return over == null && unused.getStreamId() > highestUsed;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a stream back of which the peer does not know. */
  void giveBack(QuicStream unused) {
    handOver(unused);
  }

  /** Data was sent on a stream. The peer now knows of all below: those that are spare must end. */
  void used(QuicStream stream) {
    List<QuicStream> known = new ArrayList<>();
    lock.lock();
    try {
      highestUsed = Math.max(highestUsed, stream.getStreamId());
      Map<Integer, QuicStream> below = spares.headMap(highestUsed);
      known.addAll(below.values());
      below.clear();
    } finally {
      lock.unlock();
    }
    for (QuicStream spare : known) {
      spare.resetStream(io.quicpool.QuicStream.CANCELLED);
      spare.abortReading(io.quicpool.QuicStream.CANCELLED);
    }
  }

  private void fail(Exception cause) {
    CloseReason reason = whyEnded.get();
    List<CompletableFuture<io.quicpool.QuicStream>> failing;
    lock.lock();
    try {
      failing = takeWaiters();
    } finally {
      lock.unlock();
    }
    failing.forEach(waiter -> waiter.completeExceptionally(lost(reason, cause)));
  }

  /** The connection has ended: fails those who wait, and all who come. */
  void connectionOver(CloseReason reason) {
    List<CompletableFuture<io.quicpool.QuicStream>> failing;
    lock.lock();
    try {
      over = reason;
      spares.clear();
      failing = takeWaiters();
      if (worker != null) {
        worker.interrupt(); // K3: it would wait for ever
      }
    } finally {
      lock.unlock();
    }
    failing.forEach(waiter -> waiter.completeExceptionally(lost(reason, null)));
  }

  private List<CompletableFuture<io.quicpool.QuicStream>> takeWaiters() {
    List<CompletableFuture<io.quicpool.QuicStream>> taken = new ArrayList<>(waiters);
    waiters.clear();
    return taken;
  }

  private static ConnectionLostException lost(CloseReason reason, @Nullable Exception cause) {
    String message = "a stream cannot be opened";
    return cause == null
        ? new ConnectionLostException(message, reason)
        : new ConnectionLostException(message, reason, cause);
  }
}
