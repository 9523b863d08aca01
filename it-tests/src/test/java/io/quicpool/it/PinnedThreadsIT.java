package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What counts as pinned by us: a wait above a native frame does, for a monitor too; the wait for a
 * class does not.
 */
class PinnedThreadsIT {
  private static final String PROGRAM =
      """
      package pins;

      import java.util.concurrent.CountDownLatch;
      import java.util.concurrent.locks.LockSupport;

      public class Pins {
        public static void main(String[] arguments) throws Exception {
          Slow.use();
          aboveANativeFrame("park").join();
          Thread entering;
          synchronized (Pins.class) {
            entering = aboveANativeFrame("enter");
            while (entering.getState() != Thread.State.BLOCKED) {
              Thread.onSpinWait();
            }
          }
          entering.join();
          System.out.println("done");
        }

        static Thread aboveANativeFrame(String name) throws NoSuchMethodException {
          var method = Pins.class.getMethod(name);
          return Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      method.invoke(null);
                    } catch (ReflectiveOperationException e) {
                      throw new AssertionError(e);
                    }
                  });
        }

        public static void park() {
          LockSupport.parkNanos(1);
        }

        public static void enter() {
          synchronized (Pins.class) {
            System.out.println("entered");
          }
        }

        static void anotherUsesSlow() {
          CountDownLatch here = new CountDownLatch(1);
          Thread.ofVirtual()
              .start(
                  () -> {
                    here.countDown();
                    Slow.use();
                  });
          try {
            here.await();
            Thread.sleep(100); // who waits for a class is RUNNABLE; late, it is only not looked at
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        }

        static class Slow {
          static {
            anotherUsesSlow();
          }

          static void use() {}
        }
      }
      """;

  @TempDir private Path files;

  @Test
  void waitsAboveANativeFrameCountAndTheWaitForAClassDoesNot() throws Exception {
    Jdk jdk = Jdk.withVirtualThreadsIfAny();
    assumeTrue(jdk.hasVirtualThreads(), "virtual threads need JDK 21 or newer");
    Path recording = files.resolve("pins.jfr");
    Path program =
        Files.writeString(
            Files.createDirectory(files.resolve("pins")).resolve("Pins.java"), PROGRAM);
    List<String> said =
        ChildJvm.of(jdk)
            .flags(List.of("-Djdk.reflect.useNativeAccessorOnly=true"))
            .flags(PinnedThreads.recordedIn(recording))
            .runClass(List.of(files), program.toString(), List.of())
            .silent()
            .out();
    assertEquals(List.of("entered", "done"), said);
    List<String> pinned = PinnedThreads.under("pins", recording);
    boolean tellsWhy = jdk.feature() >= 24; // and tells of monitors, too
    assertEquals(
        tellsWhy ? Set.of("park", "enter") : Set.of("park"),
        pinned.stream()
            .map(stack -> stack.replaceFirst(".*?pins\\.Pins\\.(\\w+) < .*", "$1"))
            .collect(Collectors.toSet()),
        pinned::toString);
  }
}
