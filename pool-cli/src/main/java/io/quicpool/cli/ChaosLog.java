package io.quicpool.cli;

import io.quicpool.cli.Chaos.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the members of a chaos cluster said, added up: each message sent was delivered, failed with
 * a typed error in time, or went down with the process that had sent it; what is none of these is
 * unexplained. Thread-safe.
 */
final class ChaosLog {
  /**
   * A call ends with its last deadline: one to acquire, one to read; with slack for a busy host.
   */
  static final Duration LONGEST =
      ChaosMemberCommand.ACQUIRE.plus(ChaosMemberCommand.STREAM).plusSeconds(2);

  /** A fault that was recovered from, or not. */
  record Recovery(Fault fault, int peer, Duration took, boolean complete) {}

  private record Pair(int from, int to) {}

  private static final class Member {
    private final Map<Long, Integer> inFlight = new HashMap<>();
    private MemberLine stats = MemberLine.stats(0, 0, 0);
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Member> members = new ArrayList<>(); // all guarded by lock
  private final Set<Pair> awaited = new HashSet<>();
  private final Map<Pair, Long> reached = new HashMap<>(); // when first since the last fault
  private final Map<String, Long> failures = new TreeMap<>();
  private final List<Recovery> recoveries = new ArrayList<>();
  private final List<String> unexplained = new ArrayList<>();
  private long liftedNanos;
  private long sent;
  private long delivered;
  private long failed;
  private long goneWithSender;
  private long longestFailureMillis;

  ChaosLog(int peers) {
    for (int i = 0; i < peers; i++) {
      members.add(new Member());
    }
  }

  void told(int from, MemberLine line) {
    lock.lock();
    try {
      Member member = members.get(from);
      switch (line.kind()) {
        case SENT -> {
          sent++;
          member.inFlight.put(line.number(), line.peer());
        }
        case DELIVERED -> {
          if (member.inFlight.remove(line.number()) != null) {
            delivered++;
            Pair pair = new Pair(from, line.peer());
            if (awaited.contains(pair)) {
              reached.putIfAbsent(pair, System.nanoTime());
            }
          }
        }
        case FAILED -> {
          if (member.inFlight.remove(line.number()) != null) {
            fail(from, line);
          }
        }
        case STATS -> member.stats = line;
        case READY -> {}
      }
    } finally {
      lock.unlock();
    }
  }

  private void fail(int from, MemberLine line) {
    failed++;
    failures.merge(line.text(), 1L, Long::sum);
    longestFailureMillis = Math.max(longestFailureMillis, line.millis());
    if (!line.typed() || line.millis() > LONGEST.toMillis()) {
      unexplained.add(
          "from "
              + from
              + " to "
              + line.peer()
              + ": "
              + line.text()
              + " after "
              + line.millis()
              + " ms");
    }
  }

  /** A member is no more: what it had sent, nobody waits for. */
  void killed(int peer) {
    lock.lock();
    try {
      Member member = members.get(peer);
      goneWithSender += member.inFlight.size();
      member.inFlight.clear();
    } finally {
      lock.unlock();
    }
  }

  /** A fault has been lifted: from now on it is watched whom its peer reaches, and who it. */
  void lifted(int peer) {
    lock.lock();
    try {
      awaited.clear();
      reached.clear();
      liftedNanos = System.nanoTime();
      for (int other = 0; other < members.size(); other++) {
        if (other != peer) {
          awaited.add(new Pair(peer, other));
          awaited.add(new Pair(other, peer));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isRecovered() {
    lock.lock();
    try {
      return reached.size() == awaited.size();
    } finally {
      lock.unlock();
    }
  }

  /** Closes the watch on a fault. */
  Recovery recovery(Fault fault, int peer) {
    lock.lock();
    try {
      boolean complete = reached.size() == awaited.size();
      long last =
          complete
              ? reached.values().stream().mapToLong(Long::longValue).max().orElse(liftedNanos)
              : System.nanoTime();
      Recovery recovery =
          new Recovery(fault, peer, Duration.ofNanos(Math.max(0, last - liftedNanos)), complete);
      recoveries.add(recovery);
      return recovery;
    } finally {
      lock.unlock();
    }
  }

  /** Nothing is sent any more and nothing is on its way. */
  boolean isQuiet() {
    lock.lock();
    try {
      return members.stream().allMatch(member -> member.inFlight.isEmpty());
    } finally {
      lock.unlock();
    }
  }

  /** What is still on its way has no explanation. */
  void end() {
    lock.lock();
    try {
      for (int from = 0; from < members.size(); from++) {
        for (Map.Entry<Long, Integer> left : members.get(from).inFlight.entrySet()) {
          unexplained.add(
              "from "
                  + from
                  + " to "
                  + left.getValue()
                  + ": message "
                  + left.getKey()
                  + " neither came back nor failed");
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** What the pools hold now, and the messages so far, in one line. */
  String state() {
    lock.lock();
    try {
      StringBuilder line = new StringBuilder("open");
      members.forEach(member -> line.append(' ').append(member.stats.number()));
      line.append("; suspect ").append(members.stream().mapToLong(m -> m.stats.peer()).sum());
      line.append(", left in peace ")
          .append(members.stream().mapToLong(m -> m.stats.millis()).sum());
      line.append("; sent ").append(sent).append(", delivered ").append(delivered);
      return line.append(", failed ").append(failed).toString();
    } finally {
      lock.unlock();
    }
  }

  /** The result. */
  ChaosResult result() {
    lock.lock();
    try {
      return new ChaosResult(
          sent,
          delivered,
          failed,
          goneWithSender,
          Duration.ofMillis(longestFailureMillis),
          new TreeMap<>(failures),
          List.copyOf(recoveries),
          List.copyOf(unexplained));
    } finally {
      lock.unlock();
    }
  }
}
