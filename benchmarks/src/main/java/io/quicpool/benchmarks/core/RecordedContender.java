package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.io.IOException;
import java.time.Duration;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/** The pool while Flight Recorder records every event of it, however short. */
final class RecordedContender implements Contender {
  private final QuicpoolContender pool;
  private final Recording recording = new Recording();

  RecordedContender(int cap) {
    pool = new QuicpoolContender(cap);
    long events = 0;
    for (EventType type : FlightRecorder.getFlightRecorder().getEventTypes()) {
      if (type.getName().startsWith("io.quicpool.")) {
        recording.enable(type.getName()).withThreshold(Duration.ZERO);
        events++;
      }
    }
    if (events == 0) {
      throw new IllegalStateException("the pool must have events to record");
    }
    recording.start();
  }

  @Override
  public Object acquire(Peer peer) throws IOException {
    return pool.acquire(peer);
  }

  @Override
  public void release(Object lent) {
    pool.release(lent);
  }

  @Override
  public Peer peerOf(Object lent) {
    return pool.peerOf(lent);
  }

  @Override
  public long made() {
    return pool.made();
  }

  @Override
  public void close() {
    recording.close();
    pool.close();
  }
}
