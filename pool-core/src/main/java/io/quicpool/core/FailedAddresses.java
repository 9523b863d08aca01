package io.quicpool.core;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The addresses whose last dial failed, or was overtaken by that of a later address: they are tried
 * after the others. A success forgets. Bounded: of more than {@value #MAX} the oldest is forgotten.
 * Thread-safe.
 */
final class FailedAddresses {
  static final int MAX = 10_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Set<InetSocketAddress> failed = new LinkedHashSet<>(); // guarded by lock

  void failed(InetSocketAddress address) {
    lock.lock();
    try {
      failed.remove(address);
      failed.add(address);
      if (failed.size() > MAX) {
        Iterator<InetSocketAddress> oldest = failed.iterator();
        oldest.next();
        oldest.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  void succeeded(InetSocketAddress address) {
    lock.lock();
    try {
      failed.remove(address);
    } finally {
      lock.unlock();
    }
  }

  /** The same in the same order, but for those that failed, which come last. */
  <T> List<T> failedLast(List<T> targets, Function<T, InetSocketAddress> address) {
    List<T> first = new ArrayList<>();
    List<T> last = new ArrayList<>();
    lock.lock();
    try {
      for (T target : targets) {
        (failed.contains(address.apply(target)) ? last : first).add(target);
      }
    } finally {
      lock.unlock();
    }
    first.addAll(last);
    return first;
  }
}
