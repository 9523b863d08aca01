package io.quicpool.benchmarks.core;

import io.quicpool.Peer;

/** A contender whose connections are {@link Plain} ones, which is what it lends unless it says. */
abstract class PlainContender implements Contender {
  final Plain.Maker maker = new Plain.Maker();

  @Override
  public Peer peerOf(Object lent) {
    return ((Plain) lent).peer;
  }

  @Override
  public final long made() {
    return maker.made();
  }

  @Override
  public void close() {}
}
