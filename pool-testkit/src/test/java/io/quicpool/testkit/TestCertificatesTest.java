package io.quicpool.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Fingerprint;
import io.quicpool.PoolOpenException;
import io.quicpool.Tls;
import io.quicpool.spi.PeerVerifier;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestCertificatesTest {
  private final TestCertificates certificates = TestCertificates.create();

  private void verify(String host, TestIdentity identity) throws CertificateException {
    PeerVerifier.ofHost(host, certificates.trustManager()).verify(identity.chain());
  }

  @Test
  void theDefaultLeafIsLocalhostByEveryName() {
    TestIdentity identity = certificates.localhost();
    for (String host : List.of("localhost", "127.0.0.1", "::1")) {
      assertDoesNotThrow(() -> verify(host, identity));
    }
    assertThrows(CertificateException.class, () -> verify("other.example", identity));
  }

  @Test
  void otherNamesReplaceTheDefaultNames() {
    TestIdentity identity =
        certificates.leaf().withoutCommonName().dns("evil.example").ip("192.0.2.1").issue();
    assertDoesNotThrow(() -> verify("evil.example", identity));
    assertDoesNotThrow(() -> verify("192.0.2.1", identity));
    assertThrows(CertificateException.class, () -> verify("localhost", identity));
    assertEquals("O=quicpool test", identity.certificate().getSubjectX500Principal().getName());
    TestIdentity nobody = certificates.leaf().withoutNames().issue();
    assertThrows(CertificateException.class, () -> verify("localhost", nobody));
  }

  @Test
  void whatIsExpiredOrSelfSignedOrFromAnotherAuthorityIsNotTrusted() {
    for (TestIdentity identity :
        List.of(
            certificates.leaf().expired().issue(),
            certificates.leaf().notYetValid().issue(),
            certificates.leaf().selfSigned().issue(),
            TestCertificates.create().localhost())) {
      assertThrows(CertificateException.class, () -> verify("localhost", identity));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyKindOfKeyIsMadeAndTheSupportedOnesLoad(TestKey key) throws Exception {
    TestIdentity identity = certificates.leaf().key(key).issue();
    TestIdentity self = certificates.leaf().key(key).selfSigned().issue();
    self.certificate().verify(self.keys().getPublic());
    Tls tls = certificates.trusting(identity);
    switch (key) {
      case EC_P256, EC_P384, RSA_2048 ->
          assertEquals(identity.identity(), tls.load().identity().orElseThrow());
      default -> assertThrows(PoolOpenException.class, tls::load);
    }
  }

  @Test
  void pemFilesLoadAsTls(@TempDir Path directory) throws Exception {
    TestIdentity identity = certificates.localhost();
    TestIdentity.PemFiles files = identity.write(directory, "peer");
    Path ca = certificates.writeCa(directory);
    Tls tls = Tls.trusting(ca).withIdentity(files.certificate(), files.key());
    assertArrayEquals(
        identity.key().getEncoded(), tls.load().identity().orElseThrow().key().getEncoded());
    assertTrue(identity.certificatePem().startsWith("-----BEGIN CERTIFICATE-----\n"));
  }

  @Test
  void aRenewedCertificateKeepsItsFingerprint() {
    TestIdentity identity = certificates.localhost();
    TestIdentity renewed = certificates.leaf().key(TestKey.EC_P256, identity.keys()).issue();
    assertNotEquals(identity.certificate(), renewed.certificate());
    assertEquals(identity.fingerprint(), renewed.fingerprint());
    assertEquals(Fingerprint.of(identity.certificate()), identity.fingerprint());
  }
}
