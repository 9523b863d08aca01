package io.quicpool.it;

import java.io.File;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What this process holds at one moment: open file descriptors (0 where the system does not tell)
 * and the threads that quicpool and the stacks under it started.
 */
record Footprint(int descriptors, Set<Thread> threads) {

  static Footprint now() {
    String[] open = new File("/proc/self/fd").list();
    return new Footprint(
        open == null ? 0 : open.length,
        Thread.getAllStackTraces().keySet().stream()
            .filter(Footprint::isOurs)
            .collect(Collectors.toSet()));
  }

  /** Threads of the JVM, of JUnit, and of pools that all of the JVM shares do not count. */
  private static boolean isOurs(Thread thread) {
    String name = thread.getName();
    ThreadGroup group = thread.getThreadGroup();
    return group != null
        && !group.getName().equals("system")
        && !name.startsWith("ForkJoinPool")
        && !name.startsWith("junit-")
        && !name.startsWith("surefire-")
        && !name.startsWith("process reaper")
        && !name.startsWith("globalEventExecutor"); // netty's, ends by itself
  }

  /** Waits until nothing is left of what came after this moment. */
  void awaitReturn() {
    Await.until(
        () -> {
          Footprint now = now();
          return now.descriptors <= descriptors && threads.containsAll(now.threads);
        },
        () -> {
          Footprint now = now();
          Set<String> left = new TreeSet<>();
          now.threads.stream()
              .filter(thread -> !threads.contains(thread))
              .forEach(thread -> left.add(thread.getName()));
          return "descriptors back to "
              + descriptors
              + ", are "
              + now.descriptors
              + ", threads gone: "
              + left;
        });
  }
}
