package io.quicpool.core;

import io.quicpool.IdentityVerifier;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** Tests of pools that dial one another, in virtual time. */
@Timeout(30)
abstract class NodesTest {
  private static final TestCertificates CERTIFICATES = TestCertificates.create();

  final ManualTime time = new ManualTime();
  final InMemoryNetwork network = new InMemoryNetwork(time);
  private final List<Node> nodes = new ArrayList<>();

  final Node node(int number) throws PoolOpenException {
    return node(number, builder -> {});
  }

  final Node node(int number, Consumer<PoolBuilder> settings) throws PoolOpenException {
    Node node = new Node(network, time, number, identity("node-" + number), settings);
    nodes.add(node);
    return node;
  }

  /** Says who dials us. */
  @FunctionalInterface
  interface Identification {
    Peer of(List<X509Certificate> chain) throws CertificateException;
  }

  /** An application's verifier that says who dials us, and accepts whom it dials. */
  static IdentityVerifier identifying(Identification identification) {
    return new IdentityVerifier() {
      @Override
      public void verify(Peer.Named dialled, List<X509Certificate> chain) {}

      @Override
      public Peer identify(List<X509Certificate> chain) throws CertificateException {
        return identification.of(chain);
      }
    };
  }

  static TestIdentity identity(String name) {
    return CERTIFICATES.leaf().commonName(name).dns(name).selfSigned().issue();
  }

  @AfterEach
  final void nothingIsLeft() {
    nodes.forEach(Node::closeAndCheck);
  }
}
