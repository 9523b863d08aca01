package io.quicpool;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Who: the pool's key. Four kinds, which never compare equal to one another:
 *
 * <ul>
 *   <li>{@link Service}, from {@link #of}: the service at that port of whoever proves that host
 *       name (an IP literal is proven by an IP SAN);
 *   <li>{@link Pinned}, from {@link #pinned}: whoever holds that key, wherever it is; the endpoints
 *       are hints, not identity;
 *   <li>{@link Named}, from {@link #named}: whom the application vouches for, reached through
 *       {@link QuicPool#put} or a {@link PeerResolver};
 *   <li>{@link Anonymous}, which the pool makes for each inbound connection that shows no
 *       certificate: it is a handle on that one connection and claims nothing.
 * </ul>
 *
 * <p>Immutable, and cheap as a key: the hash is computed once.
 */
public sealed interface Peer {

  /**
   * The service at an endpoint, such as {@code "peer.example:4433"}, in any of the forms that
   * {@link Endpoint#parse} takes.
   *
   * @throws InvalidEndpointException if the text is not an endpoint
   */
  static Peer of(String endpoint) {
    return new Service(Endpoint.parse(endpoint));
  }

  /** The service at an endpoint. */
  static Peer of(Endpoint endpoint) {
    return new Service(endpoint);
  }

  /**
   * Whoever holds the key with that fingerprint (64 hexadecimal digits), to be looked for at these
   * endpoints in this order.
   *
   * @throws IllegalArgumentException if the fingerprint is not 64 hexadecimal digits
   * @throws InvalidEndpointException if a hint is not an endpoint
   */
  static Peer pinned(String fingerprint, String... hints) {
    return pinned(Fingerprint.of(fingerprint), hints);
  }

  /** Whoever holds the key with that fingerprint, to be looked for at these endpoints in order. */
  static Peer pinned(Fingerprint fingerprint, String... hints) {
    return new Pinned(fingerprint, Stream.of(hints).map(Endpoint::parse).toList());
  }

  /**
   * Whom the application vouches for under an id of its own.
   *
   * @throws IllegalArgumentException if the id is blank, or longer than 256 characters
   */
  static Peer named(String id) {
    return new Named(id);
  }

  /**
   * Somebody who has not said who it is, equal to nobody else: one inbound connection's dialler.
   */
  static Peer anonymous(InetSocketAddress from) {
    return new Anonymous(from);
  }

  /** The peer of {@link Peer#of}: equal by normalised host and port. */
  final class Service implements Peer {
    private final Endpoint endpoint;
    private final int hash;

    private Service(Endpoint endpoint) {
      this.endpoint = endpoint;
      this.hash = endpoint.hashCode();
    }

    /** Where the service is, and which host name it has to prove. */
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public boolean equals(Object other) {
      return this == other || other instanceof Service that && endpoint.equals(that.endpoint);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    /** {@code host:port}. */
    @Override
    public String toString() {
      return endpoint.toString();
    }
  }

  /** The peer of {@link Peer#pinned}: equal by fingerprint alone. */
  final class Pinned implements Peer {
    private final Fingerprint fingerprint;
    private final List<Endpoint> hints;

    private Pinned(Fingerprint fingerprint, List<Endpoint> hints) {
      this.fingerprint = fingerprint;
      this.hints = hints;
    }

    /** The key that the peer has to hold. */
    public Fingerprint fingerprint() {
      return fingerprint;
    }

    /** Where it was last known to be, best first; may be empty. */
    public List<Endpoint> hints() {
      return hints;
    }

    @Override
    public boolean equals(Object other) {
      return this == other || other instanceof Pinned that && fingerprint.equals(that.fingerprint);
    }

    @Override
    public int hashCode() {
      return fingerprint.hashCode();
    }

    /** {@code pinned:} and the fingerprint's first 16 digits, with the hints. */
    @Override
    public String toString() {
      return "pinned:" + fingerprint.toString().substring(0, 16) + (hints.isEmpty() ? "" : hints);
    }
  }

  /** The peer of {@link Peer#named}: equal by id. */
  final class Named implements Peer {
    private static final int MAX_ID = 256;
    private final String id;

    private Named(String id) {
      if (id.isBlank() || id.length() > MAX_ID) {
        throw new IllegalArgumentException(
            "a peer's id must be 1 to "
                + MAX_ID
                + " characters and not blank, was "
                + (id.isBlank() ? "blank" : id.length() + " characters"));
      }
      this.id = id;
    }

    /** The application's id. */
    public String id() {
      return id;
    }

    @Override
    public boolean equals(Object other) {
      return this == other || other instanceof Named that && id.equals(that.id);
    }

    @Override
    public int hashCode() {
      return id.hashCode() ^ 0x5bd1e995; // so that a name and a service spelt alike part early
    }

    /** {@code named:} and the id. */
    @Override
    public String toString() {
      return "named:" + id;
    }
  }

  /**
   * Who dialled us without a certificate: equal to itself alone. While its connection is up streams
   * can be opened to it as to any peer; it cannot be dialled.
   */
  final class Anonymous implements Peer {
    private final InetSocketAddress from;

    private Anonymous(InetSocketAddress from) {
      this.from = from;
    }

    /** Where its packets came from, which proves nothing. */
    public InetSocketAddress from() {
      return from;
    }

    /** {@code anonymous:} and the address. */
    @Override
    public String toString() {
      return "anonymous:" + from.getAddress().getHostAddress() + ":" + from.getPort();
    }
  }
}
