package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.TlsMaterial;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Who is accepted: the listener by the dialler, and the dialler by the listener. */
public abstract sealed class IdentityContract extends DialContract permits StreamContract {
  private static final PeerVerifier CLIENTS = PeerVerifier.ofClient(CA.trustManager());

  IdentityContract() {}

  @Test
  public void aTrustedCertificateThatNamesTheHostIsAccepted() throws Exception {
    Listener listener = listen(SERVER);
    QuicEndpoint dialler = dialler();
    QuicConnection connection = get(dial(dialler, listener.address()));
    if (dialler.capabilities().contains(Capability.PEER_CERTIFICATES)) {
      assertEquals(SERVER.certificate(), connection.peerCertificates().get(0));
    }
  }

  @Test
  public void theVerifierSeesTheWholeChainOfTheRightListener() throws Exception {
    TestIdentity first = CA.localhost();
    TestIdentity second = CA.localhost();
    QuicEndpoint dialler = dialler();
    for (TestIdentity identity : List.of(first, second, first)) {
      List<X509Certificate> seen = new CopyOnWriteArrayList<>();
      Listener listener = listen(identity);
      assertTrue(get(dial(dialler, listener.address(), "localhost", seen::addAll)).isOpen());
      assertEquals(identity.chain(), seen);
    }
  }

  @Test
  public void anAddressThatTheCertificateNamesIsAccepted() throws Exception {
    accepted(SERVER, "127.0.0.1", trusted("127.0.0.1"));
  }

  @Test
  public void aPinnedKeyIsAcceptedInASelfSignedAndExpiredCertificate() throws Exception {
    TestIdentity self = CA.leaf().selfSigned().expired().issue();
    accepted(self, "localhost", PeerVerifier.ofKey(self.fingerprint()));
  }

  private void accepted(TestIdentity identity, String host, PeerVerifier verifier)
      throws Exception {
    Listener listener = listen(identity);
    assertTrue(get(dial(dialler(), listener.address(), host, verifier)).isOpen());
    assertTrue(take(listener.accepted()).isOpen());
  }

  @Test
  public void aCertificateForAnotherHostIsRefused() throws Exception {
    refused(CA.leaf().dns("other.example").issue(), "localhost", trusted("localhost"));
  }

  @Test
  public void aCertificateWithoutCommonNameForAnotherHostIsRefused() throws Exception {
    refused(
        CA.leaf().withoutCommonName().dns("evil.example").issue(),
        "localhost",
        trusted("localhost"));
  }

  @Test
  public void aCertificateForAnotherAddressIsRefused() throws Exception {
    refused(CA.leaf().ip("192.0.2.1").issue(), "127.0.0.1", trusted("127.0.0.1"));
  }

  @Test
  public void aCertificateThatOnlyItsCommonNameTiesToTheHostIsRefused() throws Exception {
    refused(
        CA.leaf().commonName("localhost").withoutNames().issue(),
        "localhost",
        trusted("localhost"));
  }

  @Test
  public void aCertificateOfAnUnknownAuthorityIsRefused() throws Exception {
    refused(TestCertificates.create().localhost(), "localhost", trusted("localhost"));
  }

  @Test
  public void anExpiredCertificateIsRefused() throws Exception {
    refused(CA.leaf().expired().issue(), "localhost", trusted("localhost"));
  }

  @Test
  public void aSelfSignedCertificateIsRefusedUnlessItsKeyIsPinned() throws Exception {
    refused(CA.leaf().selfSigned().issue(), "localhost", trusted("localhost"));
  }

  @Test
  public void aWrongPinnedKeyIsRefused() throws Exception {
    refused(SERVER, "localhost", PeerVerifier.ofKey(CA.localhost().fingerprint()));
  }

  @Test
  public void whatTheVerifierSaysIsInTheFailure() throws Exception {
    ConnectFailedException refused =
        refused(
            SERVER,
            "localhost",
            chain -> {
              throw new CertificateException("not today");
            });
    StringBuilder told = new StringBuilder();
    for (Throwable t = refused; t != null; t = t.getCause()) {
      told.append(t).append('\n');
    }
    assertTrue(told.toString().contains("not today"), told::toString);
  }

  /** The dial fails for that reason, and the listener never gets the connection. */
  private ConnectFailedException refused(TestIdentity identity, String host, PeerVerifier verifier)
      throws Exception {
    Listener listener = listen(identity);
    QuicEndpoint dialler = dialler();
    ConnectFailedException refused =
        failure(ConnectFailedException.class, dial(dialler, listener.address(), host, verifier));
    assertEquals(Phase.IDENTITY, refused.phase(), refused::getMessage);
    nothingAcceptedBefore(listener, dialler, PeerVerifier.ofKey(identity.fingerprint()));
    return refused;
  }

  /** A dial that is accepted is the only one at the listener. */
  private void nothingAcceptedBefore(Listener listener, QuicEndpoint dialler, PeerVerifier verifier)
      throws Exception {
    QuicConnection accepted = get(dial(dialler, listener.address(), "localhost", verifier));
    QuicConnection atListener = take(listener.accepted());
    accepted.close(99, "the first");
    CloseReason first = get(atListener.closed());
    assertEquals(99, first.code(), () -> "a refused connection was accepted, it ended: " + first);
    listener.handovers().awaitAll(); // the refused one was handed over before, and may come later
    assertTrue(listener.accepted().isEmpty(), "a refused connection was accepted");
  }

  // The dialler, by the listener.

  private boolean asksForCertificates() throws PoolOpenException {
    return listen(SERVER).endpoint().capabilities().contains(Capability.CLIENT_CERTIFICATES);
  }

  private Listener listen(ClientAuth auth) throws PoolOpenException {
    return listen(config(SERVER.material()), auth, CLIENTS);
  }

  @Test
  public void askingForCertificatesIsRefusedWhereTheStackCannot() throws Exception {
    if (!asksForCertificates()) {
      PoolOpenException refused =
          assertThrows(PoolOpenException.class, () -> listen(ClientAuth.REQUIRED));
      assertEquals(PoolOpenException.Kind.UNSUPPORTED, refused.kind());
    }
  }

  @Test
  public void aDiallerThatShowsItsCertificateIsKnownToTheListener() throws Exception {
    if (asksForCertificates()) {
      TestIdentity client = CA.leaf().commonName("client").dns("client.example").issue();
      for (ClientAuth auth : List.of(ClientAuth.REQUIRED, ClientAuth.OPTIONAL)) {
        Pair pair = connect(dialler(CA.material(client)), listen(auth));
        assertEquals(client.certificate(), pair.listener().peerCertificates().get(0));
      }
    }
  }

  @Test
  public void aDiallerWithoutCertificateIsAnonymousWhereItIsOptional() throws Exception {
    if (asksForCertificates()) {
      Pair pair = connect(dialler(), listen(ClientAuth.OPTIONAL));
      assertEquals(List.of(), pair.listener().peerCertificates());
      assertTrue(pair.dialler().isOpen());
    }
  }

  @Test
  public void aDiallerThatIsNotAskedIsAnonymous() throws Exception {
    Pair pair = connect(dialler(CA.material(CA.localhost())), listen(SERVER));
    assertEquals(List.of(), pair.listener().peerCertificates());
  }

  @Test
  public void aDiallerWithoutTheCertificateThatIsDemandedIsRefused() throws Exception {
    if (asksForCertificates()) {
      refusedByListener(CA.material());
    }
  }

  @Test
  public void aDiallerWhoseCertificateIsNotTrustedIsRefused() throws Exception {
    if (asksForCertificates()) {
      refusedByListener(CA.material(TestCertificates.create().localhost()));
    }
  }

  /**
   * In TLS 1.3 the listener decides after the dialler has finished (RFC 8446, section 4.4.2.4): the
   * dial fails, or its connection ends soon, by the listener's TLS.
   */
  private void refusedByListener(TlsMaterial tls) throws Exception {
    Listener listener = listen(ClientAuth.REQUIRED);
    try {
      CloseReason reason = get(get(dial(dialler(tls), listener.address())).closed());
      assertEquals(CloseReason.Kind.PEER_TRANSPORT, reason.kind(), reason::toString);
    } catch (ConnectFailedException e) {
      assertTrue(e.phase() == Phase.IDENTITY || e.phase() == Phase.HANDSHAKE, e::getMessage);
    }
    nothingAcceptedBefore(listener, dialler(CA.material(CA.localhost())), trusted("localhost"));
  }
}
