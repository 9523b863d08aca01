package io.quicpool.it;

import io.quicpool.spi.QuicTransport;
import java.util.List;
import java.util.ServiceLoader;

/** The transports on the class path, found as the pool finds them: no test names a class. */
final class Stacks {
  private Stacks() {}

  /** For {@code @MethodSource}. */
  static List<String> names() {
    return ServiceLoader.load(QuicTransport.class).stream()
        .map(provider -> provider.get().name())
        .sorted()
        .toList();
  }

  static QuicTransport transport(String name) {
    return ServiceLoader.load(QuicTransport.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(transport -> transport.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no transport is named " + name));
  }
}
