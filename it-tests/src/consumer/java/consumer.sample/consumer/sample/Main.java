package consumer.sample;

import io.quicpool.Endpoint;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.nio.file.Path;

/** Runs the sample: CA, certificate and key as PEM files, and a fingerprint. */
public final class Main {
  private Main() {}

  /** Prints what happened. */
  public static void main(String[] args) throws IOException {
    Path ca = Path.of(args[0]);
    Path certificate = Path.of(args[1]);
    Path key = Path.of(args[2]);
    byte[] request = new byte[100_000];
    for (int i = 0; i < request.length; i++) {
      request[i] = (byte) (i * 31 + i / 251);
    }
    try (QuicPool elsewhere =
        QuicPool.builder()
            .alpn("chat/1")
            .tls(Tls.trusting(ca).withIdentity(certificate, key))
            .open()) {
      QuicConnection connection = elsewhere.connect(Endpoint.parse("quic://peer.example:4433"));
      new Sample(ca, certificate, key, args[3]).run(request, connection);
    }
  }
}
