package io.quicpool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsTest {
  private static final char[] PASSWORD = "secret password".toCharArray();

  private static KeyPair key;
  private static KeyPair rsaKey;
  private static X509Certificate authority;
  private static X509Certificate certificate;
  private static X509Certificate rsaCertificate;

  @TempDir Path directory;

  @BeforeAll
  static void makeKeys() throws Exception {
    KeyPair authorityKey = Certificates.ec("secp384r1");
    authority = Certificates.of("CN=authority", authorityKey).authority().build();
    key = Certificates.ec("secp256r1");
    certificate =
        Certificates.of("CN=peer", key)
            .dns("peer.example")
            .signedBy(authority, authorityKey)
            .build();
    rsaKey = Certificates.key("RSA", 2048);
    rsaCertificate = Certificates.of("CN=rsa", rsaKey).build();
  }

  private Path file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text);
  }

  private static String refused(Tls tls) {
    PoolOpenException refused = assertThrows(PoolOpenException.class, tls::load);
    assertEquals(PoolOpenException.Kind.TLS, refused.kind());
    assertNotNull(refused.getCause());
    return refused.getMessage();
  }

  private static String identityRefused(String certificatePem, String keyPem) {
    return rule("identity", refused(Tls.pinning().withIdentity(certificatePem, keyPem)));
  }

  private static String rule(String what, String message) {
    String start = "the TLS " + what + " cannot be used: ";
    assertTrue(message.startsWith(start), message);
    return message.substring(start.length());
  }

  private static void assertContains(String message, String... parts) {
    for (String part : parts) {
      assertTrue(message.contains(part), message + "\n must contain \n" + part);
    }
  }

  // What is taken.

  @Test
  void thePlatformsAuthoritiesAreTrustedByDefault() throws Exception {
    TlsMaterial material = Tls.system().load();

    assertTrue(material.trust().orElseThrow().getAcceptedIssuers().length > 0);
    assertFalse(material.insecure());
    assertEquals(Optional.empty(), material.identity());
  }

  @Test
  void pemIsTakenAsFileAndAsText() throws Exception {
    String text = "a comment before\n" + Certificates.pem(authority, rsaCertificate) + "and after";

    for (Tls tls : List.of(Tls.trusting(text), Tls.trusting(file("ca.pem", text)))) {
      X509TrustManager trust = tls.load().trust().orElseThrow();
      assertEquals(2, trust.getAcceptedIssuers().length);
      trust.checkServerTrusted(new X509Certificate[] {certificate, authority}, "UNKNOWN");
    }
  }

  @Test
  void certificatesThatWereNotGivenAreNotTrusted() throws Exception {
    X509TrustManager trust =
        Tls.trusting(Certificates.pem(rsaCertificate)).load().trust().orElseThrow();

    assertThrows(
        GeneralSecurityException.class,
        () -> trust.checkServerTrusted(new X509Certificate[] {certificate, authority}, "UNKNOWN"));
  }

  @Test
  void filesAreReadWhenThePoolOpensAndNotBefore() throws Exception {
    Path ca = directory.resolve("later.pem");
    Tls tls = Tls.trusting(ca).withIdentity(directory.resolve("c.pem"), directory.resolve("k.pem"));

    assertThrows(PoolOpenException.class, tls::load);
    file("later.pem", Certificates.pem(authority));
    file("c.pem", Certificates.pem(certificate));
    file("k.pem", Certificates.pem(key.getPrivate()));
    TlsMaterial material = tls.load();

    assertEquals(List.of(certificate), material.identity().orElseThrow().chain());
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "RSA 2048", "RSA 3072"})
  void everyKindOfKeyThatIsDocumentedIsTaken(String kind) throws Exception {
    KeyPair pair =
        kind.startsWith("RSA")
            ? Certificates.key("RSA", Integer.parseInt(kind.substring(4)))
            : Certificates.ec(kind);
    X509Certificate own = Certificates.of("CN=own", pair).build();

    TlsIdentity byText =
        Tls.pinning()
            .withIdentity(Certificates.pem(own), Certificates.pem(pair.getPrivate()))
            .load()
            .identity()
            .orElseThrow();
    TlsIdentity byObject =
        Tls.pinning().withIdentity(pair.getPrivate(), List.of(own)).load().identity().orElseThrow();

    assertEquals(List.of(own), byText.chain());
    assertArrayEquals(pair.getPrivate().getEncoded(), byText.key().getEncoded());
    assertSame(pair.getPrivate(), byObject.key());
  }

  @Test
  void aChainKeepsItsOrder() throws Exception {
    String chain = Certificates.pem(certificate, authority);

    TlsIdentity identity =
        Tls.pinning()
            .withIdentity(chain, Certificates.pem(key.getPrivate()))
            .load()
            .identity()
            .orElseThrow();

    assertEquals(List.of(certificate, authority), identity.chain());
  }

  @Test
  void oneFileMayHoldBothTheKeyAndItsCertificates() throws Exception {
    Path both =
        file("both.pem", Certificates.pem(key.getPrivate()) + Certificates.pem(certificate));

    TlsIdentity identity = Tls.pinning().withIdentity(both, both).load().identity().orElseThrow();

    assertEquals(List.of(certificate), identity.chain());
  }

  @Test
  void windowsLineEndsAreTaken() throws Exception {
    String pem = Certificates.pem(certificate).replace("\n", "\r\n");
    String keyPem = Certificates.pem(key.getPrivate()).replace("\n", "\r\n");

    assertTrue(Tls.pinning().withIdentity(pem, keyPem).load().identity().isPresent());
  }

  @Test
  void pinningTrustsNoAuthorityAndInsecureSaysThatItIs() throws Exception {
    TlsMaterial pinning = Tls.pinning().load();
    assertEquals(Optional.empty(), pinning.trust());
    assertFalse(pinning.insecure());

    TlsMaterial insecure = Tls.insecure().load();
    assertEquals(Optional.empty(), insecure.trust());
    assertTrue(insecure.insecure());
  }

  @Test
  void anIdentityIsAddedToACopy() throws Exception {
    Tls anonymous = Tls.insecure();
    Tls identified = anonymous.withIdentity(key.getPrivate(), List.of(certificate));

    assertEquals(Optional.empty(), anonymous.load().identity());
    assertTrue(identified.load().identity().isPresent());
    assertTrue(identified.load().insecure(), "what is trusted stays");
  }

  @Test
  void aTrustManagerIsTakenAsItIsAndAskedNothing() throws Exception {
    X509TrustManager manager = mock(X509TrustManager.class);

    assertSame(manager, Tls.trusting(manager).load().trust().orElseThrow());
    verifyNoInteractions(manager);
  }

  // Trust that is refused.

  @Test
  void aFileThatIsMissingIsNamed() {
    Path missing = directory.resolve("missing.pem");

    String trust = rule("trust", refused(Tls.trusting(missing)));
    assertEquals("NoSuchFileException: " + missing, trust);
    String identity = rule("identity", refused(Tls.pinning().withIdentity(missing, missing)));
    assertEquals("NoSuchFileException: " + missing, identity);
  }

  @Test
  void aFileThatCannotBeReadIsNamed() {
    assertContains(refused(Tls.trusting(directory)), "IOException", directory.toString());
  }

  @Test
  void aFileThatIsGarbledIsNamed() throws Exception {
    Path empty = file("empty.pem", "");
    Path garbled = file("garbled.pem", "\0\u00ff binary -----BEGIN");

    assertEquals(
        "the text must hold at least one PEM block CERTIFICATE, it holds none, in " + empty,
        rule("trust", refused(Tls.trusting(empty))));
    assertContains(refused(Tls.trusting(garbled)), "in " + garbled);
    Path certificates = file("c.pem", Certificates.pem(certificate));
    assertContains(refused(Tls.pinning().withIdentity(garbled, empty)), "in " + empty);
    assertContains(refused(Tls.pinning().withIdentity(certificates, empty)), "in " + empty);
    Path keys = file("k.pem", Certificates.pem(key.getPrivate()));
    assertContains(refused(Tls.pinning().withIdentity(garbled, keys)), "in " + garbled);
  }

  @Test
  void aFileNameGivenAsTextIsRefusedWithTheWayOut() {
    assertEquals(
        "the text must hold a PEM block, it holds none (a file is given as a java.nio.file.Path,"
            + " not as its name)",
        rule("trust", refused(Tls.trusting("certificates/ca.pem"))));
    assertContains(identityRefused("cert.pem", "key.pem"), "(a file is given as");
    assertContains(identityRefused("", ""), "(a file is given as");
  }

  @Test
  void aBlockWithoutItsEndIsRefusedAlsoAfterWholeOnes() throws Exception {
    String whole = Certificates.pem(authority);
    String cut = whole.substring(0, whole.length() / 2);

    for (String text : List.of(cut, whole + cut, cut + whole)) {
      assertContains(refused(Tls.trusting(text)), "PEM block");
    }
    assertContains(
        rule("trust", refused(Tls.trusting(whole + cut))),
        "every PEM block must end as it begins, 1 of 2 does");
  }

  @Test
  void aCertificateWhoseBase64IsCutOrGarbledIsRefused() throws Exception {
    String body = Base64.getEncoder().encodeToString(authority.getEncoded());
    for (String bad :
        List.of(
            "",
            "AAAA",
            body.substring(0, 100),
            body.substring(0, 101),
            body.substring(0, 40) + "*!" + body.substring(40),
            body.substring(0, 40) + "\u00e4" + body.substring(40),
            "MIIB\0" + body)) {
      String text = "-----BEGIN CERTIFICATE-----\n" + bad + "\n-----END CERTIFICATE-----\n";
      String rule = rule("trust", refused(Tls.trusting(text)));
      assertContains(rule, "PEM block CERTIFICATE");
    }
  }

  @Test
  void aKeyWhereACertificateBelongsIsRefused() {
    assertContains(
        refused(Tls.trusting(Certificates.pem(key.getPrivate()))),
        "at least one PEM block CERTIFICATE");
  }

  @Test
  void aKeyStoreThatTrustsNobodyIsRefused() throws Exception {
    assertContains(
        refused(Tls.trusting(store())), "must hold at least one certificate", "it holds none");
  }

  @Test
  void aKeyStoreThatWasNotLoadedIsRefused() throws Exception {
    KeyStore unloaded = KeyStore.getInstance("PKCS12");

    assertContains(refused(Tls.trusting(unloaded)), "the TLS trust cannot be used");
    assertContains(
        refused(Tls.pinning().withIdentity(unloaded, PASSWORD)), "the TLS identity cannot be used");
  }

  @Test
  void aKeyStoreIsTrustedForWhatItHolds() throws Exception {
    KeyStore store = store();
    store.setCertificateEntry("ca", authority);

    X509TrustManager trust = Tls.trusting(store).load().trust().orElseThrow();

    assertArrayEquals(new X509Certificate[] {authority}, trust.getAcceptedIssuers());
  }

  // Identities that are refused.

  @Test
  void aKeyThatDoesNotBelongToTheCertificateIsRefused() throws Exception {
    String rule = "the private key must belong to the first certificate";
    KeyPair other = Certificates.ec("secp256r1");

    assertContains(
        identityRefused(Certificates.pem(certificate), Certificates.pem(other.getPrivate())), rule);
    assertContains(
        identityRefused(Certificates.pem(certificate), Certificates.pem(rsaKey.getPrivate())),
        rule,
        "RSA",
        "EC");
    assertContains(
        identityRefused(Certificates.pem(rsaCertificate), Certificates.pem(key.getPrivate())),
        rule,
        "RSA",
        "EC");
    assertContains(
        identityRefused(
            Certificates.pem(authority, certificate), Certificates.pem(key.getPrivate())),
        rule);
  }

  @Test
  void otherFormsOfKeysAreRefusedWithTheirNameAndTheWayOut() throws Exception {
    String chain = Certificates.pem(certificate);
    byte[] der = key.getPrivate().getEncoded();
    for (String label : List.of("ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")) {
      assertEquals(
          "the text must hold an unencrypted PKCS#8 PEM block PRIVATE KEY, it holds ["
              + label
              + "]; other forms are converted by: openssl pkcs8 -topk8 -nocrypt",
          identityRefused(chain, Certificates.pem(label, der)));
    }
    assertContains(
        identityRefused(
            chain,
            Certificates.pem("EC PARAMETERS", new byte[9])
                + Certificates.pem("EC PRIVATE KEY", der)),
        "it holds [EC PARAMETERS, EC PRIVATE KEY]");
    assertContains(
        identityRefused(
            chain,
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info:"
                + " AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
        "it holds [RSA PRIVATE KEY]");
    assertContains(identityRefused(chain, chain), "it holds [CERTIFICATE]");
  }

  @Test
  void aKeyThatIsGarbledIsRefused() throws Exception {
    String chain = Certificates.pem(certificate);
    byte[] der = key.getPrivate().getEncoded();
    byte[] cut = java.util.Arrays.copyOf(der, der.length - 5);

    assertContains(
        identityRefused(chain, Certificates.pem("PRIVATE KEY", cut)),
        "must be an EC (P-256, P-384) or RSA key");
    assertContains(
        identityRefused(chain, "-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----"),
        "PEM block PRIVATE KEY must be base64");
  }

  @Test
  void keysThatTheStacksDoNotTakeAreRefusedWithWhatTheyAre() throws Exception {
    KeyPair ed25519 = Certificates.key("Ed25519", 0);
    X509Certificate edCertificate = Certificates.of("CN=ed", ed25519).build();
    assertContains(
        identityRefused(Certificates.pem(edCertificate), Certificates.pem(ed25519.getPrivate())),
        "a private key must be an EC (P-256, P-384) or RSA key",
        "was EdDSA");
    assertContains(
        refused(Tls.pinning().withIdentity(ed25519.getPrivate(), List.of(edCertificate))),
        "a key must be EC (P-256, P-384) or RSA, was EdDSA");

    KeyPair p521 = Certificates.ec("secp521r1");
    assertContains(
        identityRefused(
            Certificates.pem(Certificates.of("CN=p521", p521).build()),
            Certificates.pem(p521.getPrivate())),
        "an EC key must be on the curve P-256 or P-384, was on one of 521 bits");

    KeyPair small = Certificates.key("RSA", 1024);
    assertContains(
        identityRefused(
            Certificates.pem(Certificates.of("CN=small", small).build()),
            Certificates.pem(small.getPrivate())),
        "an RSA key must have at least 2048 bits, had 1024");

    KeyPair dsa = Certificates.key("DSA", 2048);
    assertContains(
        identityRefused(Certificates.pem(certificate), Certificates.pem(dsa.getPrivate())),
        "was DSA");
  }

  @Test
  void anIdentityWithoutACertificateIsRefused() {
    assertContains(
        refused(Tls.pinning().withIdentity(key.getPrivate(), List.of())),
        "an identity must have at least one certificate, it has none");
    assertContains(
        identityRefused(Certificates.pem(key.getPrivate()), Certificates.pem(key.getPrivate())),
        "at least one PEM block CERTIFICATE");
  }

  private static KeyStore store() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  @Test
  void theOnlyKeyOfAKeyStoreIsTaken() throws Exception {
    KeyStore store = store();
    store.setCertificateEntry("ca", authority);
    store.setKeyEntry("me", key.getPrivate(), PASSWORD, new Certificate[] {certificate, authority});
    char[] password = PASSWORD.clone();
    Tls tls = Tls.pinning().withIdentity(store, password);
    java.util.Arrays.fill(password, '\0'); // the caller's array stays the caller's

    TlsIdentity identity = tls.load().identity().orElseThrow();

    assertEquals(List.of(certificate, authority), identity.chain());
    assertArrayEquals(key.getPrivate().getEncoded(), identity.key().getEncoded());
  }

  @Test
  void aKeyStoreWithNoKeyOrSeveralIsRefusedWithWhatItHolds() throws Exception {
    KeyStore store = store();
    String rule = "the key store must hold exactly one key, it holds ";
    store.setCertificateEntry("ca", authority);
    assertContains(refused(Tls.pinning().withIdentity(store, PASSWORD)), rule + "[]");

    store.setKeyEntry("me", key.getPrivate(), PASSWORD, new Certificate[] {certificate});
    store.setKeyEntry("you", rsaKey.getPrivate(), PASSWORD, new Certificate[] {rsaCertificate});
    assertContains(refused(Tls.pinning().withIdentity(store, PASSWORD)), rule + "[", "me", "you");
  }

  @Test
  void aKeyStoreWithAnotherPasswordIsRefusedWithoutShowingIt() throws Exception {
    KeyStore store = store();
    store.setKeyEntry("me", key.getPrivate(), PASSWORD, new Certificate[] {certificate});

    String message = refused(Tls.pinning().withIdentity(store, "another password".toCharArray()));

    assertFalse(message.contains("another password"), message);
  }

  @Test
  void aSecretKeyIsNoIdentity() throws Exception {
    KeyStore store = store();
    store.setKeyEntry("shared", new SecretKeySpec(new byte[16], "AES"), PASSWORD, null);

    assertContains(
        refused(Tls.pinning().withIdentity(store, PASSWORD)),
        "the entry shared must be a private key");
  }

  private static X509KeyManager manager(KeyStore store) throws Exception {
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, PASSWORD);
    return (X509KeyManager) factory.getKeyManagers()[0];
  }

  @Test
  void aKeyManagersEcKeyGoesBeforeItsRsaKey() throws Exception {
    KeyStore store = store();
    store.setKeyEntry("r", rsaKey.getPrivate(), PASSWORD, new Certificate[] {rsaCertificate});
    assertEquals(
        List.of(rsaCertificate),
        Tls.pinning().withIdentity(manager(store)).load().identity().orElseThrow().chain());

    store.setKeyEntry("e", key.getPrivate(), PASSWORD, new Certificate[] {certificate, authority});
    assertEquals(
        List.of(certificate, authority),
        Tls.pinning().withIdentity(manager(store)).load().identity().orElseThrow().chain());
  }

  @Test
  void aKeyManagerWithoutAKeyOrItsChainIsRefused() throws Exception {
    assertContains(
        refused(Tls.pinning().withIdentity(manager(store()))),
        "the key manager must hold an EC or RSA key, it holds none");

    X509KeyManager half = mock(X509KeyManager.class);
    when(half.getClientAliases("EC", null)).thenReturn(new String[] {"me"});
    assertContains(
        refused(Tls.pinning().withIdentity(half)),
        "the key manager must give the key and the chain of me, it does not");
    when(half.getPrivateKey("me")).thenReturn(key.getPrivate());
    assertContains(
        refused(Tls.pinning().withIdentity(half)),
        "the key manager must give the key and the chain of me, it does not");
    when(half.getCertificateChain("me")).thenReturn(new X509Certificate[] {certificate});
    assertTrue(Tls.pinning().withIdentity(half).load().identity().isPresent());
  }

  // What is shown.

  @Test
  void noTextShowsAKey() throws Exception {
    RSAPrivateCrtKey secret = (RSAPrivateCrtKey) rsaKey.getPrivate();
    String keyPem = Certificates.pem(secret);
    Tls tls = Tls.pinning().withIdentity(Certificates.pem(rsaCertificate), keyPem);
    TlsMaterial material = tls.load();
    String wrong = identityRefused(Certificates.pem(certificate), keyPem);

    assertEquals("Tls[pinning, with identity]", tls.toString());
    assertEquals("identity CN=rsa", material.identity().orElseThrow().toString());
    for (String shown : List.of(tls.toString(), material.toString(), wrong)) {
      assertFalse(shown.contains(keyPem.substring(40, 80)), shown);
      assertFalse(shown.contains(secret.getPrivateExponent().toString()), shown);
      assertFalse(shown.contains(secret.getPrivateExponent().toString(16)), shown);
      assertFalse(shown.contains("Private"), shown);
    }
  }

  @Test
  void theTextShowsWhatIsTrusted() throws Exception {
    assertEquals("Tls[trusting the platform]", Tls.system().toString());
    assertEquals("Tls[trusting ca.pem]", Tls.trusting(Path.of("ca.pem")).toString());
    assertEquals("Tls[trusting given certificates]", Tls.trusting("…").toString());
    assertEquals("Tls[trusting a key store]", Tls.trusting(store()).toString());
    assertEquals("Tls[INSECURE]", Tls.insecure().toString());
    assertEquals(
        "Tls[INSECURE, with identity]",
        Tls.insecure().withIdentity(key.getPrivate(), List.of(certificate)).toString());
  }
}
