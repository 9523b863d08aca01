package io.quicpool.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/** The virtual threads that could not leave their carrier while they waited, out of a recording. */
final class PinnedThreads {
  private static final String EVENT = "jdk.VirtualThreadPinned";

  /** Who is among the first to use a class pins its thread on every JDK up to 25, once. */
  private static final Pattern LOADS_A_CLASS = Pattern.compile("\\.(loadClass|<clinit>)( |$)");

  /**
   * From JDK 24 on the JVM says why: no frame shows that a class is waited for which another thread
   * initializes, or links, under a lock of the JVM's that pins. A monitor of Java's code is not
   * told so: it pins above a native frame alone.
   */
  private static final Pattern AWAITS_A_CLASS =
      Pattern.compile(
          "Object.wait: Waited for initialization of .*"
              + "|Contended monitor enter: Freeze or preempt failed \\(2\\)");

  private PinnedThreads() {}

  /** The flags with which a JVM records them, however short they were. */
  static List<String> recordedIn(Path recording) {
    return List.of(
        "-Xlog:jfr+startup=off",
        "-XX:StartFlightRecording:settings=profile,"
            + EVENT
            + "#threshold=0ns,filename="
            + recording);
  }

  /**
   * The stacks that go through a package, the innermost frame first, and why, where the JVM tells.
   */
  static List<String> under(String packageName, Path recording) throws IOException {
    List<String> pinned = new ArrayList<>();
    boolean asked = false;
    try (RecordingFile file = new RecordingFile(recording)) {
      long id =
          file.readEventTypes().stream()
              .filter(type -> type.getName().equals(EVENT))
              .findFirst()
              .orElseThrow()
              .getId();
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        String type = event.getEventType().getName();
        asked |= type.equals("jdk.ActiveSetting") && enables(event, id);
        if (type.equals(EVENT) && event.getStackTrace() != null) {
          String frames = frames(event.getStackTrace());
          String reason = reason(event);
          if (frames.contains(packageName + ".")
              && !LOADS_A_CLASS.matcher(frames).find()
              && !AWAITS_A_CLASS.matcher(reason).matches()) {
            pinned.add(frames + ": " + reason);
          }
        }
      }
    }
    if (!asked) {
      throw new AssertionError("the recording must have asked for pinned threads");
    }
    return pinned;
  }

  private static boolean enables(RecordedEvent setting, long id) {
    return setting.getLong("id") == id
        && setting.getString("name").equals("enabled")
        && setting.getString("value").equals("true");
  }

  private static String reason(RecordedEvent event) {
    return event.hasField("pinnedReason")
        ? event.getString("blockingOperation") + ": " + event.getString("pinnedReason")
        : "no reason is told";
  }

  private static String frames(RecordedStackTrace stack) {
    return stack.getFrames().stream()
        .map(frame -> frame.getMethod().getType().getName() + "." + frame.getMethod().getName())
        .collect(Collectors.joining(" < "));
  }
}
