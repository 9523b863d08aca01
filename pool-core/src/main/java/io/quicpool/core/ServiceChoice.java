package io.quicpool.core;

import io.quicpool.PoolConfig.Choice;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Which provider of a service a pool takes: the one that was given, the one of that name, or the
 * only one there is; never the first of several. A provider that does not load hides no other.
 *
 * @param <S> the service
 */
final class ServiceChoice<S> {
  private final String what;
  private final String setting;
  private final String artefacts;
  private final Function<S, String> nameOf;
  private final List<S> found = new ArrayList<>();
  private final List<Throwable> broken = new ArrayList<>();

  /**
   * Looks for providers.
   *
   * @param what the service in words, such as "QUIC transport"
   * @param setting the builder's method that chooses one
   * @param artefacts what to add if there is none
   */
  ServiceChoice(
      String what,
      String setting,
      String artefacts,
      ServiceLoader<S> loader,
      Function<S, String> nameOf) {
    this.what = what;
    this.setting = setting;
    this.artefacts = artefacts;
    this.nameOf = nameOf;
    Iterator<S> providers = loader.iterator();
    boolean more = true;
    while (more) { // each call takes one provider, or notes why it did not load
      more = next(providers);
    }
  }

  private boolean next(Iterator<S> providers) {
    try {
      if (!providers.hasNext()) {
        return false;
      }
      found.add(providers.next());
    } catch (ServiceConfigurationError | LinkageError e) {
      broken.add(e);
    }
    return true;
  }

  S choose(Choice<S> choice) throws PoolOpenException {
    if (choice.supplier().isPresent()) {
      return supplied(choice.supplier().get());
    }
    if (choice.name().isPresent()) {
      return named(choice.name().get());
    }
    if (found.size() > 1 && found.stream().map(nameOf).distinct().count() == 1) {
      return named(nameOf.apply(found.get(0))); // which says what to do: no name tells them apart
    }
    if (found.size() > 1) {
      throw new PoolOpenException(
          Kind.PROVIDER_AMBIGUOUS,
          "several "
              + plural()
              + " were found, "
              + names()
              + ": choose one with builder."
              + setting
              + "(\""
              + nameOf.apply(found.get(0))
              + "\")");
    }
    if (found.isEmpty()) {
      throw none(
          "no " + what + " was found: add " + artefacts + " to the module path or class path");
    }
    warnOfBroken();
    return found.get(0);
  }

  private S supplied(Supplier<? extends S> supplier) throws PoolOpenException {
    S instance;
    try {
      instance = supplier.get();
    } catch (RuntimeException e) {
      throw new PoolOpenException(
          Kind.PROVIDER_FAILED, "the supplier of the " + what + " failed: " + e, e);
    }
    if (instance == null) {
      throw new PoolOpenException(
          Kind.PROVIDER_FAILED, "the supplier of the " + what + " must give one, it gave none");
    }
    return instance;
  }

  private S named(String name) throws PoolOpenException {
    List<S> matching = found.stream().filter(s -> nameOf.apply(s).equals(name)).toList();
    if (matching.size() > 1) {
      throw new PoolOpenException(
          Kind.PROVIDER_AMBIGUOUS,
          "several "
              + plural()
              + " are named \""
              + name
              + "\": "
              + matching.stream().map(s -> s.getClass().getName()).toList()
              + ": take all but one off the module path or class path");
    }
    if (matching.isEmpty()) {
      throw none("there is no " + what + " named \"" + name + "\", found were " + names());
    }
    return matching.get(0);
  }

  private PoolOpenException none(String message) {
    if (broken.isEmpty()) {
      return new PoolOpenException(
          found.isEmpty() ? Kind.PROVIDER_MISSING : Kind.PROVIDER_UNKNOWN, message);
    }
    PoolOpenException failed =
        new PoolOpenException(
            Kind.PROVIDER_FAILED,
            message + "; did not load: " + broken.stream().map(Throwable::getMessage).toList(),
            broken.get(0));
    broken.stream().skip(1).forEach(failed::addSuppressed);
    return failed;
  }

  private void warnOfBroken() {
    for (Throwable cause : broken) {
      Callbacks.LOG.log(Level.WARNING, "a " + what + " was found that does not load", cause);
    }
  }

  private String plural() {
    return what.endsWith("y") ? what.substring(0, what.length() - 1) + "ies" : what + "s";
  }

  private List<String> names() {
    return found.stream().map(nameOf).sorted().toList();
  }
}
