package io.quicpool.cli;

import java.util.Locale;
import java.util.Optional;

/**
 * What a member of a chaos cluster says of itself: one line each, the kind first.
 *
 * @param kind what happened
 * @param number the message, or how many connections are open
 * @param peer to whom the message goes, or how many are suspect
 * @param text the kind of failure, or empty
 * @param millis how long the failed call took, or how many peers are left in peace
 * @param typed whether the failure was a typed one, or 0
 */
record MemberLine(Kind kind, long number, int peer, String text, long millis, boolean typed) {

  /** What a line tells. */
  enum Kind {
    READY,
    SENT,
    DELIVERED,
    FAILED,
    STATS
  }

  private static final int PARTS = 6;

  static MemberLine ready() {
    return new MemberLine(Kind.READY, 0, 0, "-", 0, false);
  }

  static MemberLine sent(long number, int peer) {
    return new MemberLine(Kind.SENT, number, peer, "-", 0, false);
  }

  static MemberLine delivered(long number, int peer) {
    return new MemberLine(Kind.DELIVERED, number, peer, "-", 0, false);
  }

  static MemberLine failed(long number, int peer, String how, long millis, boolean typed) {
    return new MemberLine(Kind.FAILED, number, peer, how, millis, typed);
  }

  static MemberLine stats(int open, int suspect, int backingOff) {
    return new MemberLine(Kind.STATS, open, suspect, "-", backingOff, false);
  }

  String line() {
    return String.format(Locale.ROOT, "%s %d %d %s %d %b", kind, number, peer, text, millis, typed);
  }

  /** Empty for a line that a member did not write whole, since it was killed. */
  static Optional<MemberLine> parse(String line) {
    String[] parts = line.split(" ", -1);
    if (parts.length != PARTS) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new MemberLine(
              Kind.valueOf(parts[0]),
              Long.parseLong(parts[1]),
              Integer.parseInt(parts[2]),
              parts[3],
              Long.parseLong(parts[4]),
              Boolean.parseBoolean(parts[5])));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
