package io.quicpool.core;

import io.quicpool.spi.EvictionPolicy;
import java.util.Iterator;
import java.util.ServiceLoader;

/** The LRU policy, with its work counted: one for each entry that it is told of or names. */
final class CountingPolicy implements EvictionPolicy {
  private final EvictionPolicy lru = lru();
  long work;

  /** The policy of the module eviction-lru, new. */
  static EvictionPolicy lru() {
    return ServiceLoader.load(EvictionPolicy.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(policy -> policy.name().equals("lru"))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public String name() {
    return "counting";
  }

  @Override
  public void added(Entry entry) {
    work++;
    lru.added(entry);
  }

  @Override
  public void used(Entry entry, long count) {
    work++;
    lru.used(entry, count);
  }

  @Override
  public void removed(Entry entry) {
    work++;
    lru.removed(entry);
  }

  @Override
  public Iterable<Entry> victims() {
    Iterator<? extends Entry> victims = lru.victims().iterator();
    return () ->
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return victims.hasNext();
          }

          @Override
          public Entry next() {
            work++;
            return victims.next();
          }
        };
  }
}
