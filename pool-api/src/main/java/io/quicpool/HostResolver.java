package io.quicpool;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** The addresses of a host name. Called on the pool's executor, where it may block. */
@FunctionalInterface
public interface HostResolver {

  /**
   * The addresses of a host name, best first; never asked for an address literal. They are tried
   * best first within each address family, IPv6 and IPv4 in turn, those that failed lately last.
   *
   * @throws UnknownHostException if there are none
   */
  List<InetAddress> addresses(String host) throws UnknownHostException;

  /** What the platform's resolver answers: the hosts file, then the DNS. */
  static HostResolver ofPlatform() {
    return host -> List.of(InetAddress.getAllByName(host));
  }
}
