package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** The pool while Flight Recorder records every event of it, however short. */
final class RecordedContender implements Contender {
  private static final List<String> EVENTS =
      List.of("Dial", "AcquireWait", "Eviction", "Suspect", "Close", "Leak");

  private final QuicpoolContender pool;
  private final Recording recording = new Recording();

  RecordedContender(int cap) {
    for (String event : EVENTS) {
      recording.enable("io.quicpool." + event).withThreshold(Duration.ZERO);
    }
    recording.start();
    pool = new QuicpoolContender(cap);
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
    pool.close();
    recording.stop();
    try (recording) {
      Path file = Files.createTempFile("recorded", ".jfr");
      recording.dump(file);
      long dials =
          RecordingFile.readAllEvents(file).stream()
              .filter(event -> event.getEventType().getName().equals("io.quicpool.Dial"))
              .count();
      Files.delete(file);
      if (dials != made()) {
        throw new IllegalStateException(
            "each of " + made() + " dials must be recorded, " + dials + " were");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
