package io.quicpool.testkit.contract;

import io.quicpool.spi.QuicTransport;
import java.io.File;

/**
 * What a transport holds of the process: open file descriptors (0 where the system does not tell)
 * and its threads, known by the prefix {@code quicpool-NAME} of their names.
 */
record Resources(int descriptors, int threads) {

  static Resources now(QuicTransport transport) {
    String[] open = new File("/proc/self/fd").list();
    String prefix = "quicpool-" + transport.name();
    long threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith(prefix))
            .count();
    return new Resources(open == null ? 0 : open.length, (int) threads);
  }

  boolean isAtMost(Resources other) {
    return descriptors <= other.descriptors && threads <= other.threads;
  }

  @Override
  public String toString() {
    return descriptors + " descriptors and " + threads + " threads";
  }
}
