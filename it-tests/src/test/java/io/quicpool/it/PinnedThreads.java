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

  /** What makes the JVM record them, however short they were. */
  static final String SETTINGS = "settings=profile," + EVENT + "#threshold=0ns";

  /** Who is the first to use a class pins its thread on every JDK so far, once. */
  private static final Pattern LOADS_A_CLASS = Pattern.compile("\\.(loadClass|<clinit>)( |$)");

  private PinnedThreads() {}

  /** The stacks that go through a package, the innermost frame first. */
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
          if (frames.contains(packageName + ".") && !LOADS_A_CLASS.matcher(frames).find()) {
            pinned.add(frames);
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

  private static String frames(RecordedStackTrace stack) {
    return stack.getFrames().stream()
        .map(frame -> frame.getMethod().getType().getName() + "." + frame.getMethod().getName())
        .collect(Collectors.joining(" < "));
  }
}
