package io.quicpool.core;

import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * A pool of one connection, of which two callers acquire, release, evict (by asking for the other
 * peer), put, invalidate and close at once, for the model checker. Dials succeed at once.
 */
@Param(name = "peer", gen = IntGen.class, conf = "0:1")
public class PoolModel {
  /** The races of {@link ConnectionTable}'s essay, and those of the pool's end. */
  static final List<String> PROGRAMS =
      List.of(
          "put 0, hold 0 -> release 0 | invalidate 0 -> outcome",
          "put 0, hold 0 -> release 0 | close -> outcome",
          "-> put 0 | close -> outcome",
          "-> ask 0 | close -> outcome",
          "put 0 -> acquire 0 | ask 1 -> outcome",
          "put 0, hold 0 -> release 0, acquire 0 | ask 1 -> outcome",
          "put 0, hold 0 -> release 0 | put 0 -> outcome",
          "put 0 -> acquire 0 | invalidate 0 -> outcome",
          "put 0 -> put 0 | acquire 0, invalidate 0 -> outcome",
          "-> put 0 | ask 1 -> outcome");

  private final TableModel pool =
      new TableModel(request -> FakeTransport.verified(request, dialled()));

  /** As the model checker asks for. */
  public PoolModel() {}

  private FakeConnection dialled() {
    return pool.made(new FakeConnection());
  }

  @Operation
  public void hold(@Param(name = "peer") int peer) {
    pool.hold(peer);
  }

  @Operation
  public boolean acquire(@Param(name = "peer") int peer) {
    return pool.acquire(peer);
  }

  @Operation
  public void release(@Param(name = "peer") int peer) {
    pool.release(peer);
  }

  @Operation
  public void ask(@Param(name = "peer") int peer) {
    pool.ask(peer);
  }

  @Operation
  public boolean invalidate(@Param(name = "peer") int peer) {
    return pool.invalidate(peer);
  }

  @Operation
  public boolean put(@Param(name = "peer") int peer) {
    return pool.put(peer);
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
