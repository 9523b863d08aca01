package io.quicpool.eviction.lru;

import io.quicpool.spi.EvictionPolicy;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Names the connection that was used longest ago: a new connection counts as used when it came, and
 * every report of a use, also one that it is still in use, makes it the most recent.
 *
 * <p><b>Exactness.</b> The order is that of the reports, never a sample or an approximation. The
 * pool reports uses before it asks, in the order of the last use, so for operations that do not
 * overlap in time the victim is the least recently used one.
 *
 * <p><b>Cost.</b> A ring of nodes, each attached to its entry: adding, using and removing change a
 * handful of references, however many connections there are, and the first victim is the ring's
 * first node. Memory is one node a connection; a question for victims allocates the iterator and
 * nothing else.
 *
 * <p><b>Why no lock.</b> The pool calls a policy one call at a time, each seeing what the ones
 * before it did, and never on the path of a hit: a lock here would protect nothing.
 */
public final class LruEvictionPolicy implements EvictionPolicy {

  /** A place in the ring; one that is linked to itself is in no ring. */
  private static class Link {
    Link previous = this;
    Link next = this;

    final boolean isLinked() {
      return next != this;
    }

    final void insertBefore(Link other) {
      previous = other.previous;
      next = other;
      previous.next = this;
      other.previous = this;
    }

    final void unlink() {
      previous.next = next;
      next.previous = previous;
      previous = this;
      next = this;
    }
  }

  private static final class Node extends Link {
    private final Entry entry;

    Node(Entry entry) {
      this.entry = entry;
    }
  }

  /** Stands between the most recent node and the least recent one, which is its next. */
  private static final class Ring extends Link implements Iterable<Entry> {
    @Override
    public Iterator<Entry> iterator() {
      return new Cursor(next);
    }
  }

  private static final class Cursor implements Iterator<Entry> {
    private Link at;

    Cursor(Link first) {
      at = first;
    }

    @Override
    public boolean hasNext() {
      return at instanceof Node;
    }

    @Override
    public Entry next() {
      if (at instanceof Node node) {
        at = node.next;
        return node.entry;
      }
      throw new NoSuchElementException("there is no further connection");
    }
  }

  private final Ring ring = new Ring();

  /** Made by {@link java.util.ServiceLoader}, one for each pool. */
  public LruEvictionPolicy() {}

  @Override
  public String name() {
    return "lru";
  }

  @Override
  public void added(Entry entry) {
    Node node = new Node(entry);
    entry.attach(node);
    node.insertBefore(ring);
  }

  @Override
  public void used(Entry entry, long count) {
    Node node = (Node) entry.attachment();
    if (!node.isLinked()) {
      throw new IllegalStateException("a used connection must be in the pool, was removed");
    }
    node.unlink();
    node.insertBefore(ring);
  }

  @Override
  public void removed(Entry entry) {
    ((Node) entry.attachment()).unlink();
  }

  @Override
  public Iterable<Entry> victims() {
    return ring;
  }
}
