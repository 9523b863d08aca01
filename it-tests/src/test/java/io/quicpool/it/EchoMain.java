package io.quicpool.it;

import io.quicpool.Tls;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.testkit.EchoPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** An echo peer in a process of its own: prints its port, and ends with its standard input. */
final class EchoMain {
  private EchoMain() {}

  /** Takes the transport's name, the port, and the PEM files of certificate and key. */
  public static void main(String[] args) throws IOException {
    TlsIdentity identity =
        Tls.pinning()
            .withIdentity(Path.of(args[2]), Path.of(args[3]))
            .load()
            .identity()
            .orElseThrow();
    try (EchoPeer peer =
        EchoPeer.on(Stacks.transport(args[0]), identity, Talk.PROTOCOL)
            .listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1])))
            .open()) {
      System.out.println(peer.address().getPort());
      System.in.read();
    }
  }
}
