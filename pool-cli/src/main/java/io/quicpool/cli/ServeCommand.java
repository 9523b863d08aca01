package io.quicpool.cli;

import io.quicpool.Endpoint;
import io.quicpool.Fingerprint;
import io.quicpool.Tls;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.TestCertificates;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Echoes every stream, until it is interrupted. */
@Command(
    name = "serve",
    sortOptions = false,
    description = {
      "Sends back every byte of every stream, until it is interrupted; connections are then closed"
          + " with a close frame.",
      "Without --cert and --key an identity is made for this run; who dials pins its fingerprint."
    })
final class ServeCommand implements Callable<Integer> {
  /** How the user called this command, so that the line to paste works where it is read. */
  private static final String COMMAND_PROPERTY = "quicpool.command";

  private static final int STREAMS_PER_DIALLER = 1000;

  @Spec private CommandSpec spec;

  private Optional<Endpoint> listen = Optional.empty();
  private String transport = "";
  private String alpn = Arguments.DEFAULT_ALPN;
  private Optional<Path> certificate = Optional.empty();
  private Optional<Path> key = Optional.empty();

  @Option(
      names = "--listen",
      order = 1,
      paramLabel = "HOST:PORT",
      required = true,
      description = "Where to listen, such as 127.0.0.1:4433, or [::]:4433 for every address.")
  void listen(String text) {
    listen = Optional.of(Arguments.endpoint(spec, "--listen", text));
  }

  @Option(
      names = "--transport",
      order = 2,
      paramLabel = "NAME",
      description = "One that quicpool providers lists (default: netty).")
  void transport(String name) {
    transport = name;
  }

  @Option(
      names = "--alpn",
      order = 3,
      paramLabel = "PROTOCOL",
      defaultValue = Arguments.DEFAULT_ALPN,
      description = "The application protocol to accept (default: ${DEFAULT-VALUE}).")
  void alpn(String protocol) {
    alpn = Arguments.alpn(spec, protocol);
  }

  @Option(
      names = "--cert",
      order = 4,
      paramLabel = "FILE",
      description = "Certificate chain, PEM, this side's own first; needs --key.")
  void certificate(Path file) {
    certificate = Optional.of(file);
  }

  @Option(
      names = "--key",
      order = 5,
      paramLabel = "FILE",
      description = "Private key, unencrypted PKCS#8 PEM; needs --cert.")
  void key(Path file) {
    key = Optional.of(file);
  }

  @Override
  public Integer call() throws IOException, CommandFailedException {
    TlsIdentity identity = identity();
    QuicTransport stack = Arguments.transport(spec, transport);
    PrintWriter out = spec.commandLine().getOut();
    EchoPeer peer =
        EchoPeer.on(stack, identity, alpn)
            .listen(address(listen.orElseThrow()))
            .maxStreams(STREAMS_PER_DIALLER)
            .open();
    Thread goodbye = new Thread(() -> close(peer, out), "quicpool-goodbye");
    Runtime.getRuntime().addShutdownHook(goodbye);
    announce(out, stack, peer, Fingerprint.of(identity.chain().get(0)));
    try {
      new CountDownLatch(1).await(); // a signal ends it
    } catch (InterruptedException e) {
      Runtime.getRuntime().removeShutdownHook(goodbye);
      close(peer, out);
    }
    return ExitCode.OK;
  }

  private TlsIdentity identity() {
    if (certificate.isPresent() != key.isPresent()) {
      throw Arguments.refused(
          spec,
          "--cert and --key must be given together, "
              + (key.isPresent() ? "--cert" : "--key")
              + " is missing");
    }
    if (certificate.isEmpty()) {
      return TestCertificates.create().leaf().selfSigned().issue().identity();
    }
    Tls tls = Tls.pinning().withIdentity(certificate.get(), key.orElseThrow());
    return Arguments.readable(spec, tls).identity().orElseThrow();
  }

  private static InetSocketAddress address(Endpoint endpoint) throws CommandFailedException {
    try {
      return new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port());
    } catch (UnknownHostException e) {
      throw new CommandFailedException(
          "--listen: the host " + endpoint.host() + " has no address", e);
    }
  }

  private void announce(
      PrintWriter out, QuicTransport stack, EchoPeer peer, Fingerprint fingerprint) {
    InetSocketAddress address = peer.address();
    String host =
        address.getAddress().isAnyLocalAddress()
            ? InetAddress.getLoopbackAddress().getHostAddress()
            : listen.orElseThrow().host();
    Endpoint reachable = Endpoint.of(host, address.getPort());
    out.println(
        "echo peer on " + listen.orElseThrow() + " over " + stack.name() + ", protocol " + alpn);
    out.println("key fingerprint: " + fingerprint);
    out.println("measure it with:");
    out.println(
        "  "
            + System.getProperty(COMMAND_PROPERTY, "quicpool")
            + " bench "
            + reachable
            + " --pin "
            + fingerprint
            + (transport.isEmpty() ? "" : " --transport " + transport)
            + (alpn.equals(Arguments.DEFAULT_ALPN) ? "" : " --alpn '" + alpn + "'"));
    out.println("Ctrl-C ends it.");
    out.flush();
  }

  private static void close(EchoPeer peer, PrintWriter out) {
    int connections = peer.connections();
    int streams = peer.streams();
    peer.close();
    out.println(
        "closed after "
            + connections
            + " connections, "
            + streams
            + " streams, "
            + peer.bytes()
            + " bytes echoed");
    out.flush();
  }
}
