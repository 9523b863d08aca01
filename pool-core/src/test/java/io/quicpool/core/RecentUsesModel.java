package io.quicpool.core;

import io.quicpool.Origin;
import io.quicpool.Peer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/** What was used since the last decision, for the model checker: no use is lost or told twice. */
public class RecentUsesModel {
  private final ConnectionTable table = new BareTable(2).table;
  private final List<Entry> entries = List.of(entry(0), entry(1));
  private final List<AtomicInteger> used = List.of(new AtomicInteger(), new AtomicInteger());
  private final long[] told = new long[2];

  /** As the model checker asks for. */
  public RecentUsesModel() {}

  private Entry entry(int id) {
    return new Entry(table, Peer.named("peer " + id), new FakeConnection(), Origin.DIALLED, id, 0);
  }

  @Operation
  public boolean use(@Param(gen = IntGen.class, conf = "0:1") int which) {
    Entry entry = entries.get(which);
    boolean acquired = entry.tryAcquire();
    if (acquired) {
      entry.release(UseWord.LEASE);
      used.get(which).incrementAndGet();
    }
    return acquired;
  }

  /** Decisions come one at a time. */
  @Operation(nonParallelGroup = "decisions")
  public void harvest() {
    for (RecentUses.Use use : table.recentUses().harvest()) {
      told[(int) use.entry().id()] += UseWord.uses(use.word());
    }
  }

  @Validate
  public void everyUseIsToldOnce() {
    harvest();
    for (int which = 0; which < 2; which++) {
      if (told[which] != used.get(which).get()) {
        throw new IllegalStateException(
            "of " + which + " told " + told[which] + ", used " + used.get(which));
      }
    }
  }
}
