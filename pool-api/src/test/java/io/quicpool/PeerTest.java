package io.quicpool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerTest {
  private static final String KEY = "0123456789abcdef".repeat(4);
  private static final String OTHER_KEY = "fedcba9876543210".repeat(4);

  @Test
  void theThreeKindsAreNeverEqualHoweverAlikeTheyAreSpelt() {
    List<Peer> peers =
        List.of(
            Peer.of("peer.example:4433"),
            Peer.named("peer.example:4433"),
            Peer.pinned(KEY, "peer.example:4433"),
            Peer.named(KEY),
            Peer.named("named:peer.example:4433"),
            Peer.named("pinned:" + KEY.substring(0, 16)));

    assertEquals(peers.size(), new HashSet<>(peers).size());
    for (Peer one : peers) {
      for (Peer other : peers) {
        assertEquals(one == other, one.equals(other), one + " and " + other);
      }
    }
  }

  @Test
  void aServiceIsEqualByNormalisedHostAndPort() {
    Peer peer = Peer.of("Peer.Example.:4433");

    assertEquals(Peer.of("https://peer.example:4433/"), peer);
    assertEquals(Peer.of(Endpoint.of("peer.example", 4433)), peer);
    assertEquals(Peer.of("peer.example:4433").hashCode(), peer.hashCode());
    assertEquals("peer.example:4433", peer.toString());
    assertEquals(Endpoint.of("peer.example", 4433), ((Peer.Service) peer).endpoint());
    assertNotEquals(Peer.of("peer.example:4434"), peer);
    assertNotEquals(Peer.of("peer2.example:4433"), peer);
  }

  @Test
  void d8SpellingsOfOneServiceAreOneKey() {
    Set<Peer> keys = new HashSet<>();
    for (String spelling :
        List.of(
            "peer.example:4433",
            "Peer.Example:4433",
            "peer.example.:4433",
            "https://peer.example:4433",
            "http://peer.example:4433/")) {
      keys.add(Peer.of(spelling));
    }

    assertEquals(Set.of(Peer.of("peer.example:4433")), keys);
  }

  @Test
  void aPinnedPeerIsEqualByItsKeyAloneAndKeepsItsHintsInOrder() {
    Peer peer = Peer.pinned(KEY, "198.51.100.7:4433", "[2001:db8::7]:4433");

    assertEquals(Peer.pinned(KEY.toUpperCase(java.util.Locale.ROOT)), peer);
    assertEquals(Peer.pinned(Fingerprint.of(KEY), "elsewhere.example:1"), peer);
    assertEquals(Peer.pinned(KEY).hashCode(), peer.hashCode());
    assertNotEquals(Peer.pinned(OTHER_KEY, "198.51.100.7:4433"), peer);
    assertEquals(
        List.of(Endpoint.parse("198.51.100.7:4433"), Endpoint.parse("[2001:db8::7]:4433")),
        ((Peer.Pinned) peer).hints());
    assertThrows(UnsupportedOperationException.class, () -> ((Peer.Pinned) peer).hints().remove(0));
    assertEquals("pinned:0123456789abcdef[198.51.100.7:4433, [2001:db8::7]:4433]", "" + peer);
    assertEquals("pinned:0123456789abcdef", Peer.pinned(KEY).toString());
  }

  @Test
  void aNamedPeerIsEqualByItsIdAsItIsWritten() {
    assertEquals(Peer.named("alice"), Peer.named("alice"));
    assertEquals(Peer.named("alice").hashCode(), Peer.named("alice").hashCode());
    assertNotEquals(Peer.named("alice"), Peer.named("Alice"));
    assertNotEquals(Peer.named("alice"), Peer.named("alice "));
    assertEquals("named:alice", Peer.named("alice").toString());
    assertEquals("a".repeat(256), ((Peer.Named) Peer.named("a".repeat(256))).id());
  }

  @Test
  void anIdThatIsBlankOrTooLongIsRefusedWithTheRuleAndTheValue() {
    String rule = "a peer's id must be 1 to 256 characters and not blank, was ";
    for (String id : List.of("", " ", "\t\u2003")) {
      assertEquals(
          rule + "blank",
          assertThrows(IllegalArgumentException.class, () -> Peer.named(id)).getMessage());
    }
    assertEquals(
        rule + "257 characters",
        assertThrows(IllegalArgumentException.class, () -> Peer.named("a".repeat(257)))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"nohost", ":4433", "host:0", "host:99999", "host:+443", "::1:4433", ""})
  void anEndpointThatIsBadIsRefusedAsServiceAndAsHint(String text) {
    assertThrows(InvalidEndpointException.class, () -> Peer.of(text));
    assertThrows(InvalidEndpointException.class, () -> Peer.pinned(KEY, "a.example:1", text));
  }

  @Test
  void aFingerprintThatIsBadIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Peer.pinned("abc", "a.example:1"));
  }

  @Test
  void theDefaultResolverKnowsServicesAndHintsAndNobodyElse() {
    PeerResolver resolver = PeerResolver.ofPeer();

    assertEquals(
        List.of(Endpoint.parse("a.example:1")), endpoints(resolver, Peer.of("a.example:1")));
    assertEquals(
        List.of(Endpoint.parse("b.example:1"), Endpoint.parse("c.example:2")),
        endpoints(resolver, Peer.pinned(KEY, "b.example:1", "c.example:2")));
    assertEquals(List.of(), endpoints(resolver, Peer.pinned(KEY)));
    assertEquals(List.of(), endpoints(resolver, Peer.named("alice")));
  }

  private static List<Endpoint> endpoints(PeerResolver resolver, Peer peer)
      throws CompletionException {
    return resolver.endpoints(peer).toCompletableFuture().join();
  }

  @Test
  void thePlatformsResolverAnswersAddresses() throws Exception {
    assertTrue(HostResolver.ofPlatform().addresses("localhost").size() >= 1);
  }
}
