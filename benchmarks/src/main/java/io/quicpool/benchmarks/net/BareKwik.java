package io.quicpool.benchmarks.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.X509TrustManager;
import tech.kwik.core.QuicClientConnection;
import tech.kwik.core.QuicStream;

/** Kwik alone. Larger pieces than these stall (K1). */
final class BareKwik implements BareStack {
  private static final int PIECE_BYTES = 1_000;

  private final String alpn;
  private final X509TrustManager trust;

  BareKwik(String alpn, X509TrustManager trust) {
    this.alpn = alpn;
    this.trust = new OfAnyKind(trust);
    System.setProperty("tech.kwik.core.no-security-warnings", "true"); // certificates are checked
  }

  /** Kwik names the kind of a key exchange as the JDK's own trust managers do not know it. */
  private record OfAnyKind(X509TrustManager trust) implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind)
        throws CertificateException {
      trust.checkClientTrusted(chain, "UNKNOWN");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind)
        throws CertificateException {
      trust.checkServerTrusted(chain, "UNKNOWN");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return trust.getAcceptedIssuers();
    }
  }

  @Override
  public BareConnection connect(InetSocketAddress address) throws IOException {
    QuicClientConnection connection =
        QuicClientConnection.newBuilder()
            .uri(
                URI.create(
                    "quic://" + address.getAddress().getHostAddress() + ":" + address.getPort()))
            .applicationProtocol(alpn)
            .noServerCertificateCheck() // of the name, which kwik does not do right (K5)
            .customTrustManager(trust)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    connection.connect();
    return new Connection(connection);
  }

  @Override
  public void close() {}

  private record Connection(QuicClientConnection connection) implements BareConnection {
    @Override
    public byte[] exchange(byte[] request) throws IOException {
      QuicStream stream = connection.createStream(true);
      write(stream.getOutputStream(), request, request.length);
      stream.getOutputStream().close();
      try (InputStream in = stream.getInputStream()) {
        return in.readAllBytes();
      }
    }

    @Override
    public long upload(long bytes) throws IOException {
      QuicStream stream = connection.createStream(true);
      for (long left = bytes; left > 0; left -= Bulk.CHUNK_BYTES) {
        write(stream.getOutputStream(), Bulk.CHUNK, (int) Math.min(left, Bulk.CHUNK_BYTES));
      }
      stream.getOutputStream().close();
      try (InputStream in = stream.getInputStream()) {
        return ByteBuffer.wrap(in.readNBytes(Long.BYTES)).getLong();
      }
    }

    private static void write(OutputStream out, byte[] source, int length) throws IOException {
      for (int at = 0; at < length; at += PIECE_BYTES) {
        out.write(source, at, Math.min(PIECE_BYTES, length - at));
      }
    }

    @Override
    public boolean isUp() {
      return connection.isConnected();
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
