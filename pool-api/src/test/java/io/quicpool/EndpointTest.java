package io.quicpool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  private static final String BLANK = "an endpoint must be host:port and not blank";
  private static final String NO_PORT = "an endpoint must be host:port, the port is missing";
  private static final String PORT = "port must be a decimal number from 1 to 65535";
  private static final String EMPTY_HOST = "the host must not be empty";
  private static final String LONG_HOST = "a host name must be at most 253 characters long";
  private static final String ASCII =
      "a host name must be ASCII (write an internationalised name in its xn-- form)";
  private static final String LABELS =
      "a host name must be labels of 1 to 63 letters, digits, '-' or '_', joined by dots";
  private static final String IPV4 =
      "an IPv4 address must be four decimal numbers from 0 to 255 without leading zeros";
  private static final String IPV6 = "an IPv6 address must be a literal of RFC 4291 without a zone";
  private static final String NO_BRACKETS =
      "an IPv6 address must stand in brackets, as in [2001:db8::1]:4433";
  private static final String BRACKETS = "an IPv6 endpoint must be [address]:port";

  static Stream<Arguments> refused() {
    return Stream.of(
            rule(BLANK, "", " ", "\t\n ", "https://", "https:///", "quic://", "quic:// "),
            rule(NO_PORT, "nohost", "peer.example", "192.0.2.1", "peer.example/", "\0"),
            rule(EMPTY_HOST, ":4433", "https://:4433", ".:4433"),
            rule(PORT, "host:", "host:0", "host:00", "host:99999", "host:65536", "host:100000"),
            rule(PORT, "host:+443", "host:-1", "host:0443", "host:00443", "host:1e3", "host:0x1bb"),
            rule(PORT, "host: 443", "host:443 ", "host:443\n", "host:443\0", "host:4 43"),
            rule(PORT, "host:https", "host:\uff14\uff14\uff13", "host:\u0664\u0664\u0663"),
            rule(PORT, "host:4294967739", "host:99999999999999999999", "[::1]:", "[::1]:0"),
            rule(PORT, "host:443/", "host:443/path", "https://host:443/path", "https://host:443//"),
            rule(PORT, "https://host:443?query", "https://host:443#fragment", "a:b@host"),
            rule(NO_BRACKETS, "::1:4433", "2001:db8::1:4433", "host:1:2", "quic://quic://host:1"),
            rule(NO_BRACKETS, "ftp://host:443", "user:secret@host:443", "a,b:1:2"),
            rule(
                BRACKETS,
                "[::1]",
                "[::1]4433",
                "[::1:4433",
                "[",
                "[::1] :443",
                "[::1]]:443",
                "[[::1]]:443"),
            rule(IPV6, "[]:443", "[:]:443", "[g::1]:443", "[1::2::3]:443", "[:::]:443"),
            rule(IPV6, "[1:2:3:4:5:6:7]:443", "[1:2:3:4:5:6:7:8:9]:443", "[12345::]:443"),
            rule(IPV6, "[00001::]:443", "[::0ffff]:443", "[1:2:3:4:5:6:7:8::]:443"),
            rule(IPV6, "[192.0.2.1]:443", "[host]:443", "[ ::1]:443", "[::1\0]:443"),
            rule(IPV6, "[fe80::1%eth0]:443", "[fe80::1%25eth0]:443", "[fe80::1%1]:443"),
            rule(IPV6, "[::ffff:1.2.3.256]:443", "[::ffff:1.2.3]:443", "[::1.2.3.4.5]:443"),
            rule(IPV6, "[::ffff:010.0.0.1]:443", "[::1.2.3.4.]:443", "[::.1.2.3]:443"),
            rule(IPV6, "[1.2.3.4::]:443", "[:1:2:3:4:5:6:7]:443", "[1:2:3:4:5:6:7:]:443"),
            rule(IPV4, "127.1:443", "2130706433:443", "010.0.0.1:443", "0x7f.1:443"),
            rule(IPV4, "0x7f000001:443", "1.2.3.256:443", "1.2.3:443", "1.2.3.4.5:443"),
            rule(IPV4, "1.2.3.04:443", "1..3.4:443", ".1:443", "0x:443"),
            rule(IPV4, "1.2.3.0x4:443", "host.1:443", "1.2.3.4294967296:443", "-1.2.3.4:443"),
            rule(LABELS, "user@host:443", "https://user@host:443", "https://a%40b:443"),
            rule(
                LABELS,
                "a..b:443",
                ".a:443",
                "..:443",
                "a..:443",
                "1.2.3.4..:443",
                "-a:443",
                "a-:443",
                "a.-b:443"),
            rule(LABELS, "ho\0st:443", "\0:443", "host\n:443", "\thost:443", " host:443"),
            rule(LABELS, "ho st:443", "*.example:443", "*:443", "a,b:443", "a;b:443", "a/b:443"),
            rule(LABELS, "host]:443", "(host):443", "\"host\":443", "host\u007f:443", "host!:443"),
            rule(LABELS, "a".repeat(64) + ":443", "a." + "b".repeat(64) + ".c:443"),
            rule(LONG_HOST, "a".repeat(10_000) + ":443", "a.".repeat(126) + "aa:443"),
            rule(LONG_HOST, "1.".repeat(5_000) + "1:443"),
            rule(ASCII, "m\u00fcnchen.example:443", "\u4f8b\u3048.jp:443", "\u212aelvin:443"),
            rule(ASCII, "peer\u3002example:443", "peer\u00ad.example:443", "\ud83d\ude00:443"),
            rule(ASCII, "lone\ud83d:443", "\uff50\uff45\uff45\uff52:443", "\u0131:443"),
            rule(NO_PORT, "a".repeat(10_000), "\0".repeat(10_000), "\u4f8b".repeat(10_000)),
            rule(BLANK, " ".repeat(10_000)),
            rule(NO_BRACKETS, ":".repeat(10_000) + "443"),
            rule(BRACKETS, "[".repeat(10_000)),
            rule(IPV6, "[" + ":".repeat(10_000) + "]:443", "[::" + "1".repeat(10_000) + "]:443"),
            rule(PORT, "host:" + "1".repeat(10_000)))
        .flatMap(s -> s);
  }

  private static Stream<Arguments> rule(String rule, String... texts) {
    return Stream.of(texts).map(text -> Arguments.of(rule, text));
  }

  @ParameterizedTest(name = "{index}: {0}")
  @MethodSource("refused")
  void aBadTextIsRefusedWithTheRuleAndTheText(String rule, String text) {
    InvalidEndpointException refused =
        assertThrows(InvalidEndpointException.class, () -> Endpoint.parse(text));

    assertEquals(rule, refused.rule());
    assertTrue(refused.getMessage().startsWith(rule + ", was \""), refused.getMessage());
    assertTrue(refused.getMessage().length() < 800, "the message must stay short");
    assertTrue(
        refused.getMessage().chars().noneMatch(Character::isISOControl),
        "control characters must be escaped");
  }

  @Test
  void theMessageShowsTheTextWithoutControlCharactersAndShortened() {
    assertEquals(
        LABELS + ", was \"ho\\u0000st\\u000a:443\"",
        assertThrows(InvalidEndpointException.class, () -> Endpoint.parse("ho\0st\n:443"))
            .getMessage());
    assertEquals(
        NO_PORT + ", was \"" + "a".repeat(80) + "\"\u2026 (10000 characters)",
        assertThrows(InvalidEndpointException.class, () -> Endpoint.parse("a".repeat(10_000)))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65536, 99999, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void aPortOutOfRangeIsRefusedAsANumberToo(int port) {
    InvalidEndpointException refused =
        assertThrows(InvalidEndpointException.class, () -> Endpoint.of("host", port));

    assertEquals(PORT + ", was \"host:" + port + "\"", refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ".", "a b", "a..b", "[::1]", "fe80::1%eth0", "127.1", "x/y"})
  void aHostIsCheckedWhenItComesApartFromItsPort(String host) {
    assertThrows(InvalidEndpointException.class, () -> Endpoint.of(host, 443));
  }

  @ParameterizedTest
  @CsvSource({
    "peer.example:4433, peer.example, 4433, false",
    "quic://peer.example:4433, peer.example, 4433, false",
    "https://peer.example:443/, peer.example, 443, false",
    "http://peer.example:80, peer.example, 80, false",
    "localhost:1, localhost, 1, false",
    "a:65535, a, 65535, false",
    "xn--mnchen-3ya.example:443, xn--mnchen-3ya.example, 443, false",
    "_service.peer.example:443, _service.peer.example, 443, false",
    "1password.example:443, 1password.example, 443, false",
    "0xcafe.example:443, 0xcafe.example, 443, false",
    "192.0.2.1:4433, 192.0.2.1, 4433, true",
    "0.0.0.0:1, 0.0.0.0, 1, true",
    "255.255.255.255:1, 255.255.255.255, 1, true",
    "[::1]:4433, ::1, 4433, true",
    "https://[2001:db8::1]:443/, 2001:db8::1, 443, true",
  })
  void everyFormThatIsDocumentedIsTaken(String text, String host, int port, boolean literal) {
    Endpoint endpoint = Endpoint.parse(text);

    assertEquals(host, endpoint.host());
    assertEquals(port, endpoint.port());
    assertEquals(literal, endpoint.isLiteral());
    assertEquals(literal, endpoint.literalAddress().isPresent());
  }

  @Test
  void theLongestNameAndLabelsAreTaken() {
    String label = "a".repeat(63);
    String name = String.join(".", label, label, label, "a".repeat(61));

    assertEquals(253, name.length());
    assertEquals(name, Endpoint.parse(name + ":443").host());
    assertEquals(name, Endpoint.parse(name + ".:443").host(), "the trailing dot does not count");
  }

  static Stream<List<String>> spellings() {
    return Stream.of(
        List.of(
            "peer.example:4433",
            "Peer.Example:4433",
            "PEER.EXAMPLE:4433",
            "peer.example.:4433",
            "quic://peer.example:4433",
            "QUIC://peer.example:4433/",
            "https://Peer.Example.:4433",
            "http://peer.example:4433/"),
        List.of("192.0.2.1:4433", "https://192.0.2.1:4433", "192.0.2.1.:4433"),
        List.of(
            "192.0.2.1:4433",
            "[::ffff:192.0.2.1]:4433",
            "[::FFFF:c000:201]:4433",
            "[0:0:0:0:0:ffff:192.0.2.1]:4433"),
        List.of(
            "[2001:db8::1]:4433",
            "[2001:DB8::1]:4433",
            "[2001:0db8:0000:0000:0000:0000:0000:0001]:4433",
            "[2001:db8:0:0:0:0:0:1]:4433",
            "[2001:db8::0:1]:4433",
            "[2001:db8::0.0.0.1]:4433",
            "quic://[2001:db8:0::1]:4433/"));
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void d8SpellingsOfOneEndpointAreOneEndpoint(List<String> spellings) {
    Set<Endpoint> distinct = new HashSet<>();
    Set<String> texts = new HashSet<>();
    for (String spelling : spellings) {
      Endpoint endpoint = Endpoint.parse(spelling);
      distinct.add(endpoint);
      texts.add(endpoint.toString());
      assertEquals(Endpoint.parse(spellings.get(0)).hashCode(), endpoint.hashCode());
    }

    assertEquals(1, distinct.size(), distinct.toString());
    assertEquals(Set.of(spellings.get(0)), texts);
  }

  @Test
  void differentEndpointsAreNotEqual() {
    Endpoint endpoint = Endpoint.parse("peer.example:4433");

    assertNotEquals(endpoint, Endpoint.parse("peer.example:4434"));
    assertNotEquals(endpoint, Endpoint.parse("peer2.example:4433"));
    assertNotEquals(Endpoint.parse("127.0.0.1:1"), Endpoint.parse("localhost:1"));
    assertNotEquals(Endpoint.parse("127.0.0.1:1"), Endpoint.parse("[::1]:1"));
    assertNotEquals(
        Endpoint.parse("192.0.2.1:1"),
        Endpoint.parse("[::192.0.2.1]:1"),
        "IPv4-compatible is not IPv4-mapped");
    assertFalse(endpoint.equals((Object) "peer.example:4433"));
  }

  @ParameterizedTest
  @CsvSource({
    // RFC 5952, sections 4.1 to 4.3
    "2001:0db8::0001, 2001:db8::1",
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:db8::1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA, 2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa",
    "0:0:0:0:0:0:0:0, ::",
    "::, ::",
    "0:0:0:0:0:0:0:1, ::1",
    "1:0:0:0:0:0:0:0, 1::",
    "1:0:0:0:0:0:0:8, 1::8",
    "0:1:2:3:4:5:6:7, 0:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:0, 1:2:3:4:5:6:7:0",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
    "0:0:3:4:5:6:0:0, ::3:4:5:6:0:0",
    "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
    "fe80::0204:61ff:254.157.241.086, ''",
  })
  void ipv6TakesTheFormOfRfc5952(String given, String normal) {
    if (normal.isEmpty()) {
      assertThrows(InvalidEndpointException.class, () -> Endpoint.of(given, 443));
    } else {
      assertEquals(normal, Endpoint.of(given, 443).host());
      assertEquals("[" + normal + "]:443", Endpoint.parse("[" + given + "]:443").toString());
    }
  }

  @Test
  void theAddressOfALiteralIsTheLiteral() {
    var v4 = Endpoint.parse("192.0.2.1:443").literalAddress().orElseThrow();
    var v6 = Endpoint.parse("[2001:db8::1]:443").literalAddress().orElseThrow();

    assertTrue(v4 instanceof Inet4Address);
    assertEquals("192.0.2.1", v4.getHostAddress());
    assertTrue(v6 instanceof Inet6Address);
    assertEquals("2001:db8:0:0:0:0:0:1", v6.getHostAddress());
  }

  private static void assertRoundTrip(String text, Endpoint endpoint) {
    String normal = endpoint.toString();
    Endpoint again = Endpoint.parse(normal);
    assertEquals(endpoint, again, text);
    assertEquals(normal, again.toString(), text);
    assertEquals(endpoint.hashCode(), again.hashCode(), text);
    assertEquals(endpoint, Endpoint.of(endpoint.host(), endpoint.port()), text);
    assertEquals(endpoint.isLiteral(), endpoint.literalAddress().isPresent(), text);
    assertTrue(normal.chars().allMatch(c -> c > 0x20 && c < 0x7f && !Character.isUpperCase(c)));
    assertTrue(endpoint.port() >= 1 && endpoint.port() <= 65535, text);
  }

  @Test
  void anyTextEitherRoundTripsOrIsRefusedAndQuickly() {
    String[] pieces = {
      "a",
      "z",
      "peer",
      "example",
      "Example",
      ".",
      ".",
      "..",
      ":",
      ":",
      "::",
      "[",
      "]",
      "[::1]",
      "-",
      "_",
      "0",
      "1",
      "9",
      "255",
      "256",
      "443",
      "65535",
      "65536",
      "0x7f",
      "08",
      "127.0.0.1",
      "ffff",
      "FFFF",
      "db8",
      "2001",
      "::ffff:",
      "1.2.3.4",
      "fe80",
      "%eth0",
      "/",
      "//",
      "quic://",
      "https://",
      "HTTP://",
      "@",
      "?",
      "#",
      "+",
      " ",
      "\0",
      "\n",
      "\u00fc",
      "\u212a",
      "\ud83d",
      "\ude00",
      "xn--",
      "*",
      "\\",
      "\"",
      ":4433",
      ":1",
      ":0",
      "localhost",
      "192.0.2.1:4433"
    };
    Random random = new Random(5952);
    int[] outcomes = new int[2];
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> {
          for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder();
            if (random.nextInt(3) == 0) {
              text.append(pieces[random.nextInt(pieces.length)]);
            }
            for (int n = random.nextInt(6); n >= 0; n--) {
              text.append(
                  random.nextInt(10) == 0
                      ? String.valueOf((char) random.nextInt(0x250))
                      : pieces[random.nextInt(pieces.length)]);
            }
            if (random.nextInt(2) == 0) {
              text.append(':').append(random.nextInt(70_000));
            }
            outcomes[parsesOrIsRefused(text.toString())]++;
          }
        });
    assertTrue(outcomes[1] > 2_000, "texts that were taken: " + outcomes[1]);
    assertTrue(outcomes[0] > 5_000, "texts that were refused: " + outcomes[0]);
  }

  @Test
  void anyAddressLiteralRoundTrips() {
    Random random = new Random(4291);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder("[");
      for (int g = 0; g < 8; g++) {
        int group = random.nextInt(3) == 0 ? random.nextInt(0x10000) : 0;
        text.append(g == 0 ? "" : ":").append(String.format(g % 2 == 0 ? "%x" : "%04X", group));
      }
      assertEquals(1, parsesOrIsRefused(text.append("]:1").toString()), text.toString());
    }
  }

  private static int parsesOrIsRefused(String text) {
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(text);
    } catch (InvalidEndpointException refused) {
      assertTrue(refused.getMessage().startsWith(refused.rule()), text);
      return 0;
    }
    assertRoundTrip(text, endpoint);
    return 1;
  }
}
