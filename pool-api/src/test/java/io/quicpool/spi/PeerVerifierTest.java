package io.quicpool.spi;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.verifyNoMoreInteractions;

import io.quicpool.Certificates;
import io.quicpool.Fingerprint;
import io.quicpool.InvalidEndpointException;
import io.quicpool.PoolOpenException;
import io.quicpool.Tls;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerVerifierTest {
  private static KeyPair authorityKey;
  private static X509Certificate authority;
  private static X509TrustManager trust;
  private static KeyPair key;

  @BeforeAll
  static void makeKeys() throws Exception {
    authorityKey = Certificates.ec("secp256r1");
    authority = Certificates.of("CN=authority", authorityKey).authority().build();
    key = Certificates.ec("secp256r1");
    trust = trusting(authority);
  }

  private static X509TrustManager trusting(X509Certificate certificate) throws Exception {
    try {
      return Tls.trusting(Certificates.pem(certificate)).load().trust().orElseThrow();
    } catch (PoolOpenException e) {
      throw new AssertionError(e);
    }
  }

  private static Certificates certificate(String subject) {
    return Certificates.of(subject, key).signedBy(authority, authorityKey);
  }

  private static void accepts(String host, Certificates certificate) throws Exception {
    List<X509Certificate> chain = List.of(certificate.build(), authority);
    assertDoesNotThrow(() -> PeerVerifier.ofHost(host, trust).verify(chain));
  }

  private static CertificateException refuses(String host, Certificates certificate)
      throws Exception {
    List<X509Certificate> chain = List.of(certificate.build(), authority);
    return assertThrows(
        CertificateException.class, () -> PeerVerifier.ofHost(host, trust).verify(chain));
  }

  @ParameterizedTest(name = "{0} by {1}: {2}")
  @CsvSource({
    "peer.example, peer.example, true",
    "peer.example, PEER.Example, true",
    "Peer.EXAMPLE, peer.example, true",
    "peer.example., peer.example, true",
    "localhost, localhost, true",
    "xn--mnchen-3ya.example, xn--mnchen-3ya.example, true",
    "peer.example, other.example, false",
    "peer.example, peer.example.evil.example, false",
    "peer.example, evilpeer.example, false",
    "peer.example, example, false",
    "example, peer.example, false",
    "peer.example, peer.example., false",
    "peer.example, '', false",
    // Wildcards (RFC 9525, section 6.3).
    "a.peer.example, *.peer.example, true",
    "A.Peer.Example, *.PEER.example, true",
    "a.peer.example., *.peer.example, true",
    "xn--a.peer.example, *.peer.example, true",
    "a.b.peer.example, *.peer.example, false",
    "peer.example, *.peer.example, false",
    "peer.example, *.example, false",
    "example.com, *.com, false",
    "localhost, *, false",
    "peer.example, *, false",
    "peer.example, *., false",
    "peer.example, **.example, false",
    "a.peer.example, *.*.example, false",
    "a.b.example, *.*.example, false",
    "a.peer.example, a*.peer.example, false",
    "ab.peer.example, a*.peer.example, false",
    "ab.peer.example, *b.peer.example, false",
    "a.peer.example, a.*.example, false",
    "a.peer.example, *peer.example, false",
    "a.peer.example, *..peer.example, false",
    "a.peer.example, *.peer.example., false",
    "a.peer.example, .peer.example, false",
    // A name is not an address, whatever it looks like.
    "192.0.2.1, 192.0.2.1, false",
    "192.0.2.1, *.0.2.1, false",
    "::1, ::1, false",
  })
  void aNameIsMatchedByTheRulesOfRfc9525(String host, String name, boolean matches)
      throws Exception {
    // The certificate class of the platform does not read all of these names.
    X509Certificate certificate = mock(X509Certificate.class);
    org.mockito.Mockito.when(certificate.getSubjectAlternativeNames())
        .thenReturn(List.of(List.of(2, name)));
    List<X509Certificate> chain = List.of(certificate);
    PeerVerifier verifier = PeerVerifier.ofHost(host, mock(X509TrustManager.class));

    if (matches) {
      assertDoesNotThrow(() -> verifier.verify(chain));
    } else {
      assertThrows(CertificateException.class, () -> verifier.verify(chain));
    }
  }

  @Test
  void aRealCertificateProvesItsDnsNames() throws Exception {
    accepts("b.example", certificate("CN=peer").dns("a.example", "b.example", "*.c.example"));
    accepts("x.c.example", certificate("CN=peer").dns("a.example", "b.example", "*.c.example"));
    refuses("d.example", certificate("CN=peer").dns("a.example", "b.example", "*.c.example"));
  }

  @Test
  void theCommonNameNeverCounts() throws Exception {
    refuses("peer.example", certificate("CN=peer.example"));
    refuses("peer.example", certificate("CN=peer.example").dns("other.example"));
    refuses("peer.example", certificate("CN=peer.example").ip("192.0.2.1"));
    refuses("192.0.2.1", certificate("CN=192.0.2.1"));
  }

  @Test
  void otherKindsOfNamesDoNotCount() throws Exception {
    CertificateException refused =
        refuses(
            "peer.example",
            certificate("CN=x").email("peer.example").uri("https://peer.example").ip("192.0.2.1"));

    assertEquals(
        "the peer's certificate must name the host peer.example, it names [192.0.2.1]",
        refused.getMessage());
    assertEquals(
        "the peer's certificate must name the host peer.example, it names []",
        refuses("peer.example", certificate("CN=peer.example")).getMessage());
  }

  @Test
  void anAddressIsProvenByAnAddressAlone() throws Exception {
    accepts("192.0.2.1", certificate("CN=x").ip("198.51.100.1", "192.0.2.1"));
    accepts("2001:db8::1", certificate("CN=x").ip("2001:db8::1"));
    accepts("2001:DB8:0:0:0:0:0:1", certificate("CN=x").ip("2001:db8::1"));
    accepts("::ffff:192.0.2.1", certificate("CN=x").ip("192.0.2.1"));
    refuses("192.0.2.2", certificate("CN=x").ip("192.0.2.1"));
    refuses("2001:db8::2", certificate("CN=x").ip("2001:db8::1"));
    refuses("192.0.2.1", certificate("CN=x").dns("peer.example"));
    refuses("peer.example", certificate("CN=x").ip("192.0.2.1"));
    refuses("127.0.0.1", certificate("CN=x").dns("localhost"));
    refuses("localhost", certificate("CN=x").ip("127.0.0.1"));
    refuses("::1", certificate("CN=x").ip("127.0.0.1"));
    refuses("::192.0.2.1", certificate("CN=x").ip("192.0.2.1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1/255.0.0.0", "127.1", "0x7f.1", "face", ""})
  void anAddressNameThatIsNoAddressNeverMatchesAndIsNeverLookedUp(String name) throws Exception {
    X509Certificate certificate = mock(X509Certificate.class);
    org.mockito.Mockito.when(certificate.getSubjectAlternativeNames())
        .thenReturn(List.of(List.of(7, name)));
    PeerVerifier verifier = PeerVerifier.ofHost("127.0.0.1", mock(X509TrustManager.class));

    assertThrows(CertificateException.class, () -> verifier.verify(List.of(certificate)));
  }

  @Test
  void anAddressWithAMaskIsNoAddress() throws Exception {
    byte[] anyAddress = new byte[8];

    refuses("0.0.0.0", certificate("CN=x").rawIp(anyAddress));
  }

  @Test
  void aHostThatIsNoneIsRefusedBeforeAnyHandshake() {
    for (String host : List.of("", "a b", "*.example", "fe80::1%eth0", "127.1")) {
      assertThrows(InvalidEndpointException.class, () -> PeerVerifier.ofHost(host, trust));
    }
  }

  @Test
  void aChainThatIsNotTrustedIsRefusedWhateverItNames() throws Exception {
    X509Certificate selfSigned = Certificates.of("CN=x", key).dns("peer.example").build();
    X509Certificate expired =
        certificate("CN=x").dns("peer.example").until(Instant.now().minusSeconds(60)).build();
    X509Certificate clientOnly = certificate("CN=x").dns("peer.example").onlyFor(false).build();
    PeerVerifier verifier = PeerVerifier.ofHost("peer.example", trust);

    for (X509Certificate bad : List.of(selfSigned, expired, clientOnly)) {
      List<X509Certificate> chain = List.of(bad, authority);
      assertThrows(CertificateException.class, () -> verifier.verify(chain));
    }
    accepts("peer.example", certificate("CN=x").dns("peer.example").onlyFor(true));
  }

  @Test
  void theTrustManagerIsAskedOnceForTheWholeChainAsAServers() throws Exception {
    X509TrustManager asked = mock(X509TrustManager.class);
    X509Certificate leaf = certificate("CN=x").dns("peer.example").build();

    PeerVerifier.ofHost("peer.example", asked).verify(List.of(leaf, authority));

    verify(asked).checkServerTrusted(eq(new X509Certificate[] {leaf, authority}), eq("UNKNOWN"));
    verifyNoMoreInteractions(asked);
  }

  @Test
  void whatTheTrustManagerRefusesIsRefusedBeforeAnyNameIsRead() throws Exception {
    X509TrustManager asked = mock(X509TrustManager.class);
    X509Certificate leaf = mock(X509Certificate.class);
    CertificateException no = new CertificateException("no");
    doThrow(no).when(asked).checkServerTrusted(any(), any());

    CertificateException refused =
        assertThrows(
            CertificateException.class,
            () -> PeerVerifier.ofHost("peer.example", asked).verify(List.of(leaf)));

    assertEquals(
        "the peer's certificate must be valid and from an authority that is trusted here: no",
        refused.getMessage());
    assertSame(no, refused.getCause());
    verifyNoInteractions(leaf);
  }

  @Test
  void aPinnedKeyIsAcceptedInAnyCertificate() throws Exception {
    PeerVerifier verifier = PeerVerifier.ofKey(Fingerprint.of(key.getPublic()));
    X509Certificate selfSigned = Certificates.of("CN=anything", key).build();
    X509Certificate expired =
        Certificates.of("CN=old", key).until(Instant.now().minusSeconds(60)).build();

    assertDoesNotThrow(() -> verifier.verify(List.of(selfSigned)));
    assertDoesNotThrow(() -> verifier.verify(List.of(expired)));
  }

  @Test
  void anotherKeyIsRefusedWithBothFingerprints() throws Exception {
    Fingerprint pinned = Fingerprint.of("0123456789abcdef".repeat(4));
    X509Certificate shown = Certificates.of("CN=x", key).build();

    CertificateException refused =
        assertThrows(
            CertificateException.class, () -> PeerVerifier.ofKey(pinned).verify(List.of(shown)));

    assertEquals(
        "the peer's key must have the fingerprint "
            + pinned
            + ", was "
            + Fingerprint.of(key.getPublic()),
        refused.getMessage());
  }

  @Test
  void onlyThePeersOwnCertificateProvesAKey() throws Exception {
    PeerVerifier verifier = PeerVerifier.ofKey(Fingerprint.of(authorityKey.getPublic()));
    X509Certificate leaf = certificate("CN=x").build();

    assertThrows(CertificateException.class, () -> verifier.verify(List.of(leaf, authority)));
    assertDoesNotThrow(() -> verifier.verify(List.of(authority)));
  }

  @Test
  void aClientIsAcceptedIfItsChainIsTrustedForClients() throws Exception {
    PeerVerifier verifier = PeerVerifier.ofClient(trust);
    X509Certificate client = certificate("CN=client").onlyFor(false).build();
    X509Certificate server = certificate("CN=server").onlyFor(true).build();
    X509Certificate stranger = Certificates.of("CN=stranger", key).build();

    assertDoesNotThrow(() -> verifier.verify(List.of(client, authority)));
    assertThrows(CertificateException.class, () -> verifier.verify(List.of(server, authority)));
    assertThrows(CertificateException.class, () -> verifier.verify(List.of(stranger)));
  }

  @Test
  void aPeerWithoutACertificateIsAcceptedByNobodyButAnyone() {
    X509TrustManager asked = mock(X509TrustManager.class);
    for (PeerVerifier verifier :
        List.of(
            PeerVerifier.ofHost("peer.example", asked),
            PeerVerifier.ofKey(Fingerprint.of(key.getPublic())),
            PeerVerifier.ofClient(asked))) {
      CertificateException refused =
          assertThrows(CertificateException.class, () -> verifier.verify(List.of()));
      assertTrue(refused.getMessage().contains("must show a certificate, it showed none"));
    }
    verifyNoInteractions(asked);
    assertDoesNotThrow(() -> PeerVerifier.ofAnyone().verify(List.of()));
  }
}
