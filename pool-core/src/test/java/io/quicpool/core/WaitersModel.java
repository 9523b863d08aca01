package io.quicpool.core;

import io.quicpool.spi.DialRequest;
import io.quicpool.spi.QuicConnection;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;

/**
 * Callers who wait for room in a pool of one connection, or for a dial that ends when a program
 * says so, against whatever serves them, and their leaving; for the model checker.
 */
@Param(name = "peer", gen = IntGen.class, conf = "0:1")
public class WaitersModel {
  /** Who waits for room, who for a dial. */
  static final List<String> PROGRAMS =
      List.of(
          "put 0, hold 0 -> release 0 | ask 1 -> answer, outcome",
          "-> ask 1, leave 1 | answer -> answer, outcome",
          "put 0, hold 0 -> release 0 | ask 1, leave 1 -> answer, outcome",
          "-> ask 1 | ask 1 -> answer, answer, outcome",
          "-> ask 0 | ask 1 -> answer, answer, outcome",
          "-> ask 1, leave 1 | ask 0 -> answer, answer, outcome",
          "-> ask 1, answer | close -> answer, outcome");

  private final Queue<CompletableFuture<QuicConnection>> dials = new ArrayDeque<>(); // by itself
  private final TableModel pool = new TableModel(this::dial);
  private final @Nullable Waiter[] asked = new Waiter[2]; // by peer

  /** As the model checker asks for. */
  public WaitersModel() {}

  private CompletableFuture<QuicConnection> dial(DialRequest request) {
    if (FakeTransport.verified(request, new FakeConnection()).isCompletedExceptionally()) {
      throw new IllegalStateException("whoever it is must do for a peer with a name");
    }
    CompletableFuture<QuicConnection> dial = new CompletableFuture<>();
    synchronized (dials) {
      dials.add(dial);
    }
    return dial;
  }

  @Operation
  public boolean put(@Param(name = "peer") int peer) {
    return pool.put(peer);
  }

  @Operation
  public void hold(@Param(name = "peer") int peer) {
    pool.hold(peer);
  }

  @Operation
  public void release(@Param(name = "peer") int peer) {
    pool.release(peer);
  }

  @Operation
  public void ask(@Param(name = "peer") int peer) {
    asked[peer] = pool.ask(peer);
  }

  @Operation
  public void leave(@Param(name = "peer") int peer) {
    Waiter waiter = asked[peer];
    if (waiter != null) {
      pool.leave(waiter);
    }
  }

  /** The oldest dial in flight succeeds, if there is one. */
  @Operation
  public void answer() {
    CompletableFuture<QuicConnection> dial;
    synchronized (dials) {
      dial = dials.poll();
    }
    FakeConnection made = new FakeConnection();
    if (dial != null && dial.complete(made)) { // else it was given up
      pool.made(made);
    }
  }

  @Operation
  public void close() {
    pool.close();
  }

  @Operation
  public String outcome() {
    return pool.outcome();
  }

  @Validate
  public void invariantsHold() {
    pool.check();
  }
}
