package io.quicpool;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where: a host and a UDP port, in one normal form, so that spellings of the same endpoint are
 * equal.
 *
 * <p>Taken are {@code host:port}, {@code 192.0.2.1:4433} and {@code [2001:db8::1]:4433}, each also
 * behind {@code quic://}, {@code https://} or {@code http://} and with one trailing slash. Host
 * names are lowered and lose a trailing dot, IPv6 literals take the form of RFC 5952, and an
 * IPv4-mapped IPv6 literal becomes the IPv4 address. A port is always needed: nothing is guessed.
 *
 * <p>Refused with an {@link InvalidEndpointException}: everything else, among it names that are not
 * LDH ASCII (give internationalised names in their {@code xn--} form), IPv4 in other than four
 * decimal parts, IPv6 zone identifiers, user information, paths and queries.
 *
 * <p>Immutable.
 */
public final class Endpoint {
  private static final int MAX_NAME = 253;
  private static final Pattern SCHEME = Pattern.compile("(?i)(quic|https|http)://");
  private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
  private static final Pattern OCTET = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern NUMERIC_LABEL = Pattern.compile("[0-9]+|0x[0-9a-f]*");
  // Stricter than the JDK, which takes long groups and leading zeros, and not in every version.
  private static final Pattern IPV6 =
      Pattern.compile(
          "(?:[0-9a-fA-F]{0,4}:){2,8}"
              + "(?:[0-9a-fA-F]{0,4}|(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3})");
  private static final int LOWEST_PORT = 1;
  private static final int ANY_PORT = 0;
  private static final int HIGHEST_PORT = 65_535;

  private final String host;
  private final int port;
  private final boolean literal;

  private Endpoint(String host, int port, boolean literal) {
    this.host = host;
    this.port = port;
    this.literal = literal;
  }

  /**
   * Reads an endpoint.
   *
   * @throws InvalidEndpointException if the text is not one of the forms above
   */
  public static Endpoint parse(String text) {
    return parse(text, LOWEST_PORT);
  }

  /** Reads where to listen: the port 0 stands for any free one. */
  static Endpoint parseListening(String text) {
    return parse(text, ANY_PORT);
  }

  private static Endpoint parse(String text, int lowestPort) {
    String rest = text;
    var scheme = SCHEME.matcher(rest);
    if (scheme.lookingAt()) {
      rest = rest.substring(scheme.end());
      if (rest.endsWith("/")) {
        rest = rest.substring(0, rest.length() - 1);
      }
    }
    if (rest.isBlank()) {
      throw new InvalidEndpointException("an endpoint must be host:port and not blank", text);
    }
    if (rest.startsWith("[")) {
      int end = rest.indexOf(']');
      if (end < 0 || end + 1 >= rest.length() || rest.charAt(end + 1) != ':') {
        throw new InvalidEndpointException("an IPv6 endpoint must be [address]:port", text);
      }
      return new Endpoint(
          ipv6(rest.substring(1, end), text),
          port(rest.substring(end + 2), text, lowestPort),
          true);
    }
    int colon = rest.lastIndexOf(':');
    if (colon < 0) {
      throw new InvalidEndpointException(
          "an endpoint must be host:port, the port is missing", text);
    }
    String host = rest.substring(0, colon);
    if (host.indexOf(':') >= 0) {
      throw new InvalidEndpointException(
          "an IPv6 address must stand in brackets, as in [2001:db8::1]:4433", text);
    }
    return ofHost(host, port(rest.substring(colon + 1), text, lowestPort), text);
  }

  /**
   * The endpoint of a host (a name, an IPv4 literal or an IPv6 literal without brackets) and a
   * port.
   *
   * @throws InvalidEndpointException if the host or the port is not valid
   */
  public static Endpoint of(String host, int port) {
    if (port < LOWEST_PORT || port > HIGHEST_PORT) {
      throw new InvalidEndpointException(portRule(LOWEST_PORT), host + ":" + port);
    }
    return host.indexOf(':') >= 0
        ? new Endpoint(ipv6(host, host), port, true)
        : ofHost(host, port, host + ":" + port);
  }

  private static Endpoint ofHost(String givenHost, int port, String text) {
    String host = givenHost.toLowerCase(Locale.ROOT);
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    if (host.isEmpty()) {
      throw new InvalidEndpointException("the host must not be empty", text);
    }
    if (host.length() > MAX_NAME) {
      throw new InvalidEndpointException(
          "a host name must be at most " + MAX_NAME + " characters long", text);
    }
    if (givenHost.chars().anyMatch(c -> c > 0x7f)) {
      throw new InvalidEndpointException(
          "a host name must be ASCII (write an internationalised name in its xn-- form)", text);
    }
    String[] labels = host.split("\\.", -1);
    if (NUMERIC_LABEL.matcher(labels[labels.length - 1]).matches()) {
      return new Endpoint(ipv4(labels, text), port, true);
    }
    for (String label : labels) {
      if (!LABEL.matcher(label).matches()) {
        throw new InvalidEndpointException(
            "a host name must be labels of 1 to 63 letters, digits, '-' or '_', joined by dots",
            text);
      }
    }
    return new Endpoint(host, port, false);
  }

  private static String ipv4(String[] parts, String text) {
    boolean valid = parts.length == 4;
    for (String part : parts) {
      valid = valid && OCTET.matcher(part).matches() && Integer.parseInt(part) <= 255;
    }
    if (!valid) {
      throw new InvalidEndpointException(
          "an IPv4 address must be four decimal numbers from 0 to 255 without leading zeros", text);
    }
    return String.join(".", parts);
  }

  private static String ipv6(String address, String text) {
    InetAddress parsed;
    try {
      if (!IPV6.matcher(address).matches()) {
        throw new UnknownHostException(address);
      }
      parsed = InetAddress.getByName("[" + address + "]"); // a literal: never asks the DNS
    } catch (UnknownHostException e) {
      throw new InvalidEndpointException(
          "an IPv6 address must be a literal of RFC 4291 without a zone", text);
    }
    byte[] bytes = parsed.getAddress();
    return bytes.length == 4 ? parsed.getHostAddress() : rfc5952(bytes);
  }

  private static String rfc5952(byte[] bytes) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int best = -1;
    int bestLength = 1; // a single zero group is not shortened (RFC 5952, section 4.2.2)
    for (int i = 0; i < 8; i++) {
      int j = i;
      while (j < 8 && groups[j] == 0) {
        j++;
      }
      if (j - i > bestLength) {
        best = i;
        bestLength = j - i;
      }
      i = Math.max(i, j - 1);
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == best) {
        out.append("::");
        i += bestLength - 1;
      } else {
        if (i > 0 && out.charAt(out.length() - 1) != ':') {
          out.append(':');
        }
        out.append(Integer.toHexString(groups[i]));
      }
    }
    return out.toString();
  }

  private static int port(String digits, String text, int lowest) {
    int port = digits.matches("0|[1-9][0-9]{0,4}") ? Integer.parseInt(digits) : -1;
    if (port < lowest || port > HIGHEST_PORT) {
      throw new InvalidEndpointException(portRule(lowest), text);
    }
    return port;
  }

  private static String portRule(int lowest) {
    return "port must be a decimal number from " + lowest + " to " + HIGHEST_PORT;
  }

  /** The host in its normal form: a lower-case name, or an address literal without brackets. */
  public String host() {
    return host;
  }

  /** The UDP port, from 1 to 65535. */
  public int port() {
    return port;
  }

  /** Whether the host is an address literal: it needs no look-up, and is proven by an IP SAN. */
  public boolean isLiteral() {
    return literal;
  }

  /** The address, if the host is a literal; empty for a name, which only a resolver can answer. */
  public Optional<InetAddress> literalAddress() {
    if (!literal) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      throw new AssertionError("a validated literal was refused: " + host, e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Endpoint that && port == that.port && host.equals(that.host);
  }

  @Override
  public int hashCode() {
    return 31 * host.hashCode() + port;
  }

  /** {@code host:port}, in the form that {@link #parse} reads. */
  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
