package io.quicpool.core;

import io.quicpool.Origin;
import io.quicpool.Peer;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/** The shares on one connection against its retirement, for the model checker. */
public class SharesModel {
  private final Entry entry =
      new Entry(
          new BareTable(1).table, Peer.named("peer"), new FakeConnection(), Origin.DIALLED, 1, 0);
  private final int[] held = new int[8]; // by thread, so that a share and its count are one

  /** As the model checker asks for. */
  public SharesModel() {}

  @Operation
  public boolean acquire(@Param(gen = ThreadIdGen.class) int thread) {
    boolean acquired = entry.tryAcquire();
    held[thread] += acquired ? 1 : 0;
    return acquired;
  }

  @Operation
  public boolean release(@Param(gen = ThreadIdGen.class) int thread) {
    boolean holds = held[thread] > 0;
    if (holds) {
      held[thread]--;
      entry.release(UseWord.LEASE);
    }
    return holds;
  }

  @Operation
  public boolean retire() {
    return entry.retireIfIdle();
  }

  @Operation
  public boolean close() {
    return entry.closeIfUnused();
  }

  @Operation
  public long uses() {
    return entry.takeUses();
  }
}
