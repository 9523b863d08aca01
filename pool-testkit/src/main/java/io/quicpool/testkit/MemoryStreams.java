package io.quicpool.testkit;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.QuicStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one side of a connection in memory: those that are open, those that wait for
 * credit, and those that the peer opened. Guarded by the link's lock.
 *
 * <p>A grant takes credit under the lock and completes its future without it; a future that was
 * cancelled in between gives the credit back. Grants are completed one after the other, by whoever
 * is at it, so that futures complete in the order of the calls.
 */
final class MemoryStreams {

  private record Grant(CompletableFuture<QuicStream> future, MemorySlot slot) {}

  private final InMemoryConnection connection;
  private final MemoryLink link;
  private final PeerScript script;
  private final Set<MemoryStream> open = new LinkedHashSet<>();
  private final Deque<CompletableFuture<QuicStream>> waiters = new ArrayDeque<>();
  private final List<CompletableFuture<QuicStream>> hung = new ArrayList<>();
  private final Deque<Grant> grants = new ArrayDeque<>();
  private final Deque<QuicStream> unhandled = new ArrayDeque<>();
  private @Nullable Consumer<QuicStream> handler;
  private boolean granting;
  private long opened;
  private long credit;

  MemoryStreams(InMemoryConnection connection, MemoryLink link, PeerScript script) {
    this.connection = connection;
    this.link = link;
    this.script = script;
  }

  void grantInitially(long streams) {
    credit = streams;
  }

  long credit() {
    return credit;
  }

  int count() {
    return open.size();
  }

  int waiting() {
    return (int) waiters.stream().filter(w -> !w.isDone()).count();
  }

  // Those that this side opens.

  void open(CompletableFuture<QuicStream> future) {
    CloseReason ended = connection.reason();
    Optional<Throwable> scripted = connection.isDialled() ? script.streamError() : Optional.empty();
    if (ended != null) {
      fail(
          future,
          new ConnectionLostException(
              "the connection to " + connection.remoteAddress() + " ended", ended));
    } else if (scripted.isPresent()) {
      fail(future, scripted.get());
    } else if (connection.isDialled() && script.streamsHang()) {
      hung.add(future);
    } else {
      waiters.add(future);
      future.whenComplete((stream, error) -> left(future));
      grant();
    }
  }

  private void left(CompletableFuture<QuicStream> future) {
    if (future.isCancelled()) {
      link.run(() -> waiters.removeIf(CompletableFuture::isDone));
    }
  }

  private void fail(CompletableFuture<QuicStream> future, Throwable error) {
    link.after(() -> future.completeExceptionally(error));
  }

  private void grant() {
    while (credit > 0 && !waiters.isEmpty()) {
      CompletableFuture<QuicStream> future = waiters.remove();
      if (!future.isDone()) {
        credit--;
        long id = 4 * opened++ + (connection.isDialled() ? 0 : 1); // RFC 9000, section 2.1
        MemorySlot slot =
            new MemorySlot(id, link, connection, connection.peer(), connection.isEcho());
        add(slot.opened());
        grants.add(new Grant(future, slot));
        link.after(this::completeGrants);
      }
    }
  }

  private void completeGrants() {
    for (Grant next = nextGrant(true); next != null; next = nextGrant(false)) {
      if (!next.future.complete(next.slot.opened())) {
        link.run(next.slot::giveUp);
      }
    }
  }

  private @Nullable Grant nextGrant(boolean first) {
    link.enter();
    try {
      if (first && granting) {
        return null; // whoever is at it completes these too
      }
      Grant next = grants.poll();
      granting = next != null;
      return next;
    } finally {
      link.leave();
    }
  }

  void creditBack() {
    credit++;
    if (connection.isOpen()) {
      grant();
    }
  }

  // Those that the peer opens.

  void accept(MemoryStream stream) {
    if (connection.isOpen()) {
      add(stream);
      Consumer<QuicStream> to = handler;
      if (to == null) {
        unhandled.add(stream);
      } else {
        link.after(() -> dispatch(to, stream));
      }
    }
  }

  void handler(Consumer<QuicStream> given) {
    if (handler != null) {
      throw new IllegalStateException("a connection takes one stream handler, it has one");
    }
    handler = given;
    for (QuicStream stream : unhandled) {
      link.after(() -> dispatch(given, stream));
    }
    unhandled.clear();
  }

  private void dispatch(Consumer<QuicStream> to, QuicStream stream) {
    try {
      connection.config().handlerExecutor().execute(() -> to.accept(stream));
    } catch (RejectedExecutionException e) {
      stream.close(); // nobody is left to take it
    }
  }

  // Ends.

  private void add(MemoryStream stream) {
    open.add(stream);
    stream.ended().thenRun(() -> link.run(() -> forget(stream)));
  }

  void forget(MemoryStream stream) {
    open.remove(stream);
  }

  void end(boolean byUs, Supplier<ConnectionLostException> error) {
    List<CompletableFuture<QuicStream>> left = new ArrayList<>(waiters);
    left.addAll(hung);
    waiters.clear();
    hung.clear();
    left.forEach(future -> fail(future, error.get()));
    List<MemoryStream> cut = List.copyOf(open);
    open.clear();
    cut.forEach(stream -> stream.cut(byUs));
  }
}
