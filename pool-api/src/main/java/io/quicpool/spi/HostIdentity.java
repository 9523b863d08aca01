package io.quicpool.spi;

import io.quicpool.Endpoint;
import io.quicpool.InvalidEndpointException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Whether a certificate names a host, by RFC 9525: DNS names compare without case, a wildcard
 * stands for exactly the whole leftmost label, addresses compare by their bytes, and nothing but
 * the subject alternative names counts.
 */
final class HostIdentity {
  private static final int DNS_NAME = 2; // RFC 5280, section 4.2.1.6
  private static final int IP_ADDRESS = 7;
  private static final int ANY_PORT = 1;

  private HostIdentity() {}

  /** The host in its normal form; the port does not count. */
  static Endpoint wanted(String host) {
    return Endpoint.of(host, ANY_PORT);
  }

  static void check(Endpoint wanted, X509Certificate certificate) throws CertificateException {
    List<String> names = new ArrayList<>();
    boolean matches = false;
    for (List<?> entry : alternativeNames(certificate)) {
      int type = (Integer) entry.get(0);
      if ((type == DNS_NAME || type == IP_ADDRESS) && entry.get(1) instanceof String name) {
        names.add(name);
        matches |=
            type == DNS_NAME
                ? !wanted.isLiteral() && matchesName(wanted.host(), name)
                : matchesAddress(wanted, name);
      }
    }
    if (!matches) {
      throw new CertificateException(
          "the peer's certificate must name the host " + wanted.host() + ", it names " + names);
    }
  }

  private static Collection<List<?>> alternativeNames(X509Certificate certificate)
      throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names == null ? List.of() : names;
  }

  private static boolean matchesName(String host, String pattern) {
    String name = pattern.toLowerCase(Locale.ROOT);
    if (!name.startsWith("*.")) {
      return host.equals(name);
    }
    String suffix = name.substring(1);
    int dot = host.indexOf('.');
    return suffix.indexOf('.', 1) > 0 && dot > 0 && host.substring(dot).equals(suffix);
  }

  /** Reads the name as an endpoint's host, which is strict and never asks the DNS. */
  private static boolean matchesAddress(Endpoint wanted, String literal) {
    try {
      return wanted.isLiteral() && wanted.equals(wanted(literal));
    } catch (InvalidEndpointException e) {
      return false; // not an address, so not this one
    }
  }
}
