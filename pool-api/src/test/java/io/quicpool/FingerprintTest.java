package io.quicpool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class FingerprintTest {
  /** Made once by openssl, as was the value: x509 -pubkey | pkey -pubin -outform der | sha256. */
  private static final String CERTIFICATE =
      """
      -----BEGIN CERTIFICATE-----
      MIIBkzCCATmgAwIBAgIUMp3xTiGbHemfsTWzGDsgU1tn3pMwCgYIKoZIzj0EAwIw
      HjEcMBoGA1UEAwwTZmluZ2VycHJpbnQuZXhhbXBsZTAgFw0yNjExMjIxNTQyNDNa
      GA8yMTI2MTAyOTE1NDI0M1owHjEcMBoGA1UEAwwTZmluZ2VycHJpbnQuZXhhbXBs
      ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABK+qWNm8UypjwFEN+ZU9Lmse8ZiR
      3hLeQDiWtrEo8Eq1uYZSmc6FyBf3YAgtAScwlUe49l5mY94maGec8vTBkxijUzBR
      MB0GA1UdDgQWBBRtr8JJSj963zEKdZ/B0yS4/DQF8zAfBgNVHSMEGDAWgBRtr8JJ
      Sj963zEKdZ/B0yS4/DQF8zAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gA
      MEUCIDxO18eg+dNxgmBi441m5eNWBr9pODqehWbjIo+oOG/sAiEA4lwtbu5uWVYe
      E8V1LwO6nL/7eeiBHJLvgfofBK/G7GQ=
      -----END CERTIFICATE-----
      """;

  private static final String VALUE =
      "989a6414752847a6696069a44dfe47c266a02055d7b95474a69062e2cc03e81d";

  @Test
  void itIsTheSha256DigestOfTheSubjectPublicKeyInfo() throws Exception {
    X509Certificate certificate = Pem.certificates(CERTIFICATE).get(0);

    assertEquals(VALUE, Fingerprint.of(certificate).toString());
    assertEquals(Fingerprint.of(VALUE), Fingerprint.of(certificate));
    assertEquals(Fingerprint.of(certificate.getPublicKey()), Fingerprint.of(certificate));
  }

  @Test
  void itNamesTheKeyAndNotTheCertificate() throws Exception {
    KeyPair key = Certificates.ec("secp256r1");
    KeyPair other = Certificates.ec("secp256r1");

    assertEquals(
        Fingerprint.of(Certificates.of("CN=old", key).build()),
        Fingerprint.of(Certificates.of("CN=renewed", key).build()));
    assertNotEquals(
        Fingerprint.of(Certificates.of("CN=same", key).build()),
        Fingerprint.of(Certificates.of("CN=same", other).build()));
  }

  @Test
  void hexadecimalDigitsAreReadInEitherCaseAndWrittenInLowerCase() {
    Fingerprint upper = Fingerprint.of(VALUE.toUpperCase(Locale.ROOT));

    assertEquals(Fingerprint.of(VALUE), upper);
    assertEquals(Fingerprint.of(VALUE).hashCode(), upper.hashCode());
    assertEquals(VALUE, upper.toString());
    assertNotEquals(Fingerprint.of(VALUE.replace('9', '8')), upper);
    assertNotEquals(
        Fingerprint.of(VALUE.substring(0, 63) + "c"), upper, "the last digit counts too");
  }

  @Test
  void anythingElseIsRefusedWithTheRuleAndTheValue() {
    for (String bad :
        List.of(
            "",
            "abc",
            VALUE + "0",
            VALUE.substring(1),
            VALUE.replace('a', 'g'),
            " " + VALUE.substring(1),
            VALUE.substring(2).replaceAll("(..)", "$1:"),
            "\uff19".repeat(64))) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> Fingerprint.of(bad));
      assertTrue(
          refused.getMessage().startsWith("a fingerprint must be 64 hexadecimal digits, was \""),
          refused.getMessage());
      assertTrue(
          refused.getMessage().endsWith("(" + bad.length() + " characters)"), refused.getMessage());
    }
    String shown =
        assertThrows(IllegalArgumentException.class, () -> Fingerprint.of("a".repeat(10_000)))
            .getMessage();
    assertTrue(shown.length() < 200, shown);
  }
}
