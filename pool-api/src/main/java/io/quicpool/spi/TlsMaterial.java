package io.quicpool.spi;

import java.util.Optional;
import javax.net.ssl.X509TrustManager;

/**
 * TLS settings as read and checked, in the JDK's terms.
 *
 * @param identity who this side is, if it says
 * @param trust which certificate authorities count; empty if none does, that is, if identity is by
 *     fingerprint alone or not verified at all
 * @param insecure whether verification was explicitly switched off
 */
public record TlsMaterial(
    Optional<TlsIdentity> identity, Optional<X509TrustManager> trust, boolean insecure) {}
