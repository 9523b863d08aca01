package io.quicpool.cli;

import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.QuicTransport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;

/**
 * What lies on the module path or the class path. A provider that does not load does not hide the
 * others.
 *
 * @param found the providers that loaded, by name
 * @param failed why others did not
 */
record Discovery<T>(List<T> found, List<Throwable> failed) {
  private static final int MOST_FAILURES = 100; // an iterator that fails for ever must end

  static Discovery<QuicTransport> transports() {
    return of(ServiceLoader.load(QuicTransport.class), QuicTransport::name);
  }

  static Discovery<EvictionPolicy> policies() {
    return of(ServiceLoader.load(EvictionPolicy.class), EvictionPolicy::name);
  }

  private static <T> Discovery<T> of(ServiceLoader<T> loader, Function<T, String> name) {
    List<T> found = new ArrayList<>();
    List<Throwable> failed = new ArrayList<>();
    Iterator<T> providers = loader.iterator();
    while (failed.size() < MOST_FAILURES) {
      try {
        if (!providers.hasNext()) {
          break;
        }
        found.add(providers.next());
      } catch (ServiceConfigurationError | LinkageError e) {
        failed.add(e);
      }
    }
    found.sort(Comparator.comparing(name));
    return new Discovery<>(found, failed);
  }
}
