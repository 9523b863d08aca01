package io.quicpool.core;

import io.quicpool.spi.EvictionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** First in, first out, unless a test makes it name others; writes down what it is told. */
class TestPolicy implements EvictionPolicy {
  final List<Entry> entries = new ArrayList<>();
  final List<String> calls = new ArrayList<>();
  Supplier<Iterable<? extends Entry>> victims = () -> entries;

  @Override
  public String name() {
    return "test";
  }

  @Override
  public void added(Entry entry) {
    entries.add(entry);
    calls.add("added " + entry.peer());
  }

  @Override
  public void used(Entry entry, long count) {
    calls.add("used " + entry.peer() + " " + count);
  }

  @Override
  public void removed(Entry entry) {
    entries.remove(entry);
    calls.add("removed " + entry.peer());
  }

  @Override
  public Iterable<? extends Entry> victims() {
    return victims.get();
  }

  List<String> take() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }
}
