package io.quicpool.benchmarks.net;

import io.quicpool.Tls;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An echo peer on netty in a process of its own, so that what it costs is not counted with us. */
public final class PeerProcess implements AutoCloseable {
  private static final long END_SECONDS = 10;

  private final Process process;
  private final InetSocketAddress address;

  /** Starts it, with an identity that the authority vouches for, and waits until it listens. */
  PeerProcess(TestCertificates authority) throws IOException {
    Path folder = Files.createTempDirectory("benchmarks");
    TestIdentity.PemFiles files = authority.localhost().write(folder, "peer");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                PeerProcess.class.getName(),
                files.certificate().toString(),
                files.key().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader said = process.inputReader(StandardCharsets.US_ASCII);
    String port = said.readLine();
    for (Path file : List.of(files.certificate(), files.key(), folder)) {
      Files.delete(file);
    }
    if (port == null) {
      throw new IOException("the peers' process ended before it listened");
    }
    address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
  }

  InetSocketAddress address() {
    return address;
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close(); // it waits for that
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Listens until its standard input ends, and says where on its standard output. */
  public static void main(String... files) throws IOException {
    TlsIdentity identity =
        Tls.pinning()
            .withIdentity(Path.of(files[0]), Path.of(files[1]))
            .load()
            .identity()
            .orElseThrow();
    try (EchoPeer peer = EchoPeer.on(Stack.NETTY.transport(), identity, Echoes.ALPN).open()) {
      System.out.println(peer.address().getPort());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
