package io.quicpool.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Which peer is asked for after which: made up, or read from a file. */
final class Workload {
  private static final int MOST = 10_000_000;

  private final List<String> peers;
  private final int[] requests;

  /**
   * Of peers and requests.
   *
   * @param peers their names, by number
   * @param requests the numbers of the peers that are asked for, in order
   */
  Workload(List<String> peers, int... requests) {
    this.peers = List.copyOf(peers);
    this.requests = requests.clone();
  }

  int peerCount() {
    return peers.size();
  }

  String peer(int number) {
    return peers.get(number);
  }

  int requestCount() {
    return requests.length;
  }

  /** The number of the peer that is asked for. */
  int request(int at) {
    return requests[at];
  }

  /**
   * From a text: {@code zipf:EXPONENT,PEERS,REQUESTS}, {@code loop:PEERS,REQUESTS}, {@code
   * scan:HOT,COLD,REQUESTS}, or else the name of a file with a peer in each line.
   *
   * @throws IllegalArgumentException if it is none of these, with the rule
   */
  static Workload of(String text, long seed) throws IOException {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? "" : text.substring(0, colon);
    String[] arguments = text.substring(colon + 1).split(",", -1);
    SplittableRandom random = new SplittableRandom(seed);
    return switch (kind) {
      case "zipf" -> {
        String[] given = given(text, arguments, "zipf:EXPONENT,PEERS,REQUESTS", 3);
        yield zipf(exponent(given[0]), number(given[1]), number(given[2]), random);
      }
      case "loop" -> {
        String[] given = given(text, arguments, "loop:PEERS,REQUESTS", 2);
        yield loop(number(given[0]), number(given[1]));
      }
      case "scan" -> {
        String[] given = given(text, arguments, "scan:HOT,COLD,REQUESTS", 3);
        yield scan(number(given[0]), number(given[1]), number(given[2]), random);
      }
      default -> read(Path.of(text));
    };
  }

  private static String[] given(String text, String[] arguments, String form, int count) {
    if (arguments.length != count) {
      throw new IllegalArgumentException("a workload must have the form " + form + ", was " + text);
    }
    return arguments;
  }

  private static int number(String text) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= MOST) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(numberRule(text), e);
    }
    throw new IllegalArgumentException(numberRule(text));
  }

  private static String numberRule(String text) {
    return "a number of a workload must be from 1 to " + MOST + ", was " + text;
  }

  private static double exponent(String text) {
    try {
      double exponent = Double.parseDouble(text);
      if (exponent >= 0 && exponent <= 10) {
        return exponent;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(exponentRule(text), e);
    }
    throw new IllegalArgumentException(exponentRule(text));
  }

  private static String exponentRule(String text) {
    return "the exponent must be from 0 to 10, was " + text;
  }

  /** The n-th peer is asked for as often as 1/n to the exponent. */
  private static Workload zipf(double exponent, int peers, int count, SplittableRandom random) {
    double[] upTo = new double[peers];
    double sum = 0;
    for (int i = 0; i < peers; i++) {
      sum += Math.pow(i + 1, -exponent);
      upTo[i] = sum;
    }
    int[] requests = new int[count];
    for (int i = 0; i < count; i++) {
      int at = Arrays.binarySearch(upTo, random.nextDouble() * sum);
      requests[i] = Math.min(peers - 1, at < 0 ? -at - 1 : at);
    }
    return new Workload(names(peers), requests);
  }

  /** One after the other, around and around. */
  private static Workload loop(int peers, int count) {
    int[] requests = new int[count];
    for (int i = 0; i < count; i++) {
      requests[i] = i % peers;
    }
    return new Workload(names(peers), requests);
  }

  /**
   * Some that are asked for at random, all alike; after each ten requests for each of them, a pass
   * over others, once each.
   */
  private static Workload scan(int hot, int cold, int count, SplittableRandom random) {
    int[] requests = new int[count];
    int at = 0;
    while (at < count) {
      for (int i = 0; i < 10 * hot && at < count; i++) {
        requests[at++] = random.nextInt(hot);
      }
      for (int i = 0; i < cold && at < count; i++) {
        requests[at++] = hot + i;
      }
    }
    return new Workload(names(hot + cold), requests);
  }

  private static List<String> names(int count) {
    List<String> names = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      names.add("peer-" + i);
    }
    return names;
  }

  private static Workload read(Path file) throws IOException {
    Map<String, Integer> numbers = new HashMap<>();
    List<String> names = new ArrayList<>();
    int[] requests = new int[1024];
    int count = 0;
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        String peer = line.strip();
        if (peer.isEmpty()) {
          continue;
        }
        Integer known = numbers.putIfAbsent(peer, names.size());
        if (known == null) {
          names.add(peer);
        }
        if (count == requests.length) {
          requests = Arrays.copyOf(requests, 2 * count);
        }
        requests[count++] = known == null ? names.size() - 1 : known;
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException(
          "a trace must name a peer in each line, it is empty: " + file);
    }
    return new Workload(names, Arrays.copyOf(requests, count));
  }
}
