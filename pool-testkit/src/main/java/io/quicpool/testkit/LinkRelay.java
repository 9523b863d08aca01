package io.quicpool.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The moving part of a {@link FaultLink}. Its one thread owns the sockets, the routes and the delay
 * queue, so none of them needs a lock; other threads leave requests for it and wake it.
 *
 * <p>A selector's timeout is as coarse as a millisecond. So the thread selects while the next
 * datagram is more than two milliseconds away, then naps in short parks, and spins for the last 100
 * microseconds.
 */
final class LinkRelay {
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;
  private static final int MAX_DATAGRAM_BYTES = 65_535;
  private static final int MAX_QUEUED = 50_000;
  private static final int READS_AT_ONCE = 64;
  private static final long SPIN_NANOS = 100_000;
  private static final long SELECT_NANOS = 2_000_000;
  private static final long NAP_NANOS = 100_000;
  private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(2); // RFC 4787, REQ-5
  private static final int MAX_ROUTES = 4096;
  private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** A dialler and its socket towards the listener. */
  private static final class Route {
    private final SocketAddress dialler;
    private DatagramChannel channel;
    private long lastUsedNanos;

    private Route(SocketAddress dialler, DatagramChannel channel) {
      this.dialler = dialler;
      this.channel = channel;
    }
  }

  /** A datagram under way. */
  private record Flight(long due, long sequence, ByteBuffer datagram, Route route, boolean back)
      implements Comparable<Flight> {
    @Override
    public int compareTo(Flight that) {
      long difference = due - that.due; // by difference: nano time may overflow
      return difference != 0 ? Long.signum(difference) : Long.compare(sequence, that.sequence);
    }
  }

  private final InetSocketAddress listener;
  private final int maxRoutes;
  private final LinkLane toListener;
  private final LinkLane toDialler;
  private final Selector selector;
  private final DatagramChannel front;
  private final InetSocketAddress address;
  private final Thread thread;
  private final Queue<CompletableFuture<Void>> rebinds = new ConcurrentLinkedQueue<>();

  /** By dialler, the one that is silent longest first. */
  private final Map<SocketAddress, Route> routes = new LinkedHashMap<>(16, 0.75f, true);

  private final PriorityQueue<Flight> queue = new PriorityQueue<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_DATAGRAM_BYTES);
  private volatile int routeCount;
  private volatile boolean closed;
  private long sequence;
  private long nextSweepNanos = System.nanoTime() + SWEEP_NANOS;

  private LinkRelay(
      InetSocketAddress listener, LinkLane toListener, LinkLane toDialler, int maxRoutes)
      throws IOException {
    this.listener = listener;
    this.maxRoutes = maxRoutes;
    this.toListener = toListener;
    this.toDialler = toDialler;
    this.selector = Selector.open();
    try {
      front = channel();
      front.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      address = (InetSocketAddress) front.getLocalAddress();
      front.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      close(selector);
      throw e;
    }
    thread = new Thread(this::run, "quicpool-link-" + address.getPort());
    thread.setDaemon(true);
  }

  static LinkRelay start(InetSocketAddress listener, LinkLane toListener, LinkLane toDialler)
      throws IOException {
    return start(listener, toListener, toDialler, MAX_ROUTES);
  }

  static LinkRelay start(
      InetSocketAddress listener, LinkLane toListener, LinkLane toDialler, int maxRoutes)
      throws IOException {
    LinkRelay relay = new LinkRelay(listener, toListener, toDialler, maxRoutes);
    relay.thread.start();
    return relay;
  }

  private static DatagramChannel channel() throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
    channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER_BYTES);
    return channel;
  }

  InetSocketAddress address() {
    return address;
  }

  int diallers() {
    return routeCount;
  }

  void rebind() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    rebinds.add(done);
    selector.wakeup();
    if (closed) {
      failRebinds();
    }
    done.join();
  }

  private void rebindAll() throws IOException {
    for (CompletableFuture<Void> done = rebinds.poll(); done != null; done = rebinds.poll()) {
      try {
        for (Route route : routes.values()) {
          DatagramChannel old = route.channel;
          route.channel = bound();
          register(route);
          close(old);
        }
        done.complete(null);
      } catch (IOException e) { // no descriptor is left, say: the rest stays as it was
        done.completeExceptionally(new UncheckedIOException(e));
      }
    }
  }

  private void failRebinds() {
    for (CompletableFuture<Void> done = rebinds.poll(); done != null; done = rebinds.poll()) {
      done.completeExceptionally(new IllegalStateException("the link is closed"));
    }
  }

  void close() {
    closed = true;
    selector.wakeup();
    boolean interrupted = false;
    while (thread.isAlive() && Thread.currentThread() != thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!closed) {
        rebindAll();
        await();
        readAll();
        sendDue();
        sweep();
      }
    } catch (IOException | ClosedSelectorException e) {
      throw new IllegalStateException("the fault link failed", e);
    } finally {
      closed = true;
      failRebinds();
      routes.values().forEach(route -> close(route.channel));
      close(front);
      close(selector);
    }
  }

  /**
   * Waits until something can be read, or the next datagram is due, or a rebinding is asked for.
   */
  private void await() throws IOException {
    while (!closed && rebinds.isEmpty()) {
      Flight next = queue.peek();
      long left = next == null ? SWEEP_NANOS : next.due - System.nanoTime();
      int ready;
      if (left <= 0) {
        ready = selector.selectNow();
        break;
      } else if (left > SELECT_NANOS) {
        ready = selector.select(left / 1_000_000 - 1);
      } else {
        ready = selector.selectNow();
        if (ready == 0 && left > SPIN_NANOS) {
          LockSupport.parkNanos(Math.min(NAP_NANOS, left - SPIN_NANOS));
        } else if (ready == 0) {
          Thread.onSpinWait();
        }
      }
      if (ready > 0) {
        break;
      }
    }
  }

  private void readAll() throws IOException {
    Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
    while (ready.hasNext()) {
      SelectionKey key = ready.next();
      ready.remove();
      if (key.isValid()) {
        read((DatagramChannel) key.channel(), (Route) key.attachment());
      }
    }
  }

  private void read(DatagramChannel from, @Nullable Route route) throws IOException {
    for (int i = 0; i < READS_AT_ONCE; i++) {
      buffer.clear();
      SocketAddress source = receive(from);
      if (source == null) {
        return;
      }
      byte[] datagram = new byte[buffer.flip().remaining()];
      buffer.get(datagram);
      if (route == null) {
        route(source)
            .ifPresentOrElse(
                known -> enqueue(datagram, known, toListener, false), toListener::countOverflow);
      } else if (source.equals(listener)) {
        used(route);
        enqueue(datagram, route, toDialler, true);
      }
    }
  }

  private @Nullable SocketAddress receive(DatagramChannel from) throws IOException {
    try {
      return from.receive(buffer);
    } catch (PortUnreachableException e) {
      return null; // nobody listens there at the moment: a link does not care
    }
  }

  /**
   * A dialler's way; empty if the system has no socket left, which costs a datagram, as in a NAT.
   */
  private Optional<Route> route(SocketAddress dialler) {
    Route known = routes.get(dialler);
    if (known == null) {
      if (routes.size() == maxRoutes) {
        forget(silentLongest());
      }
      try {
        known = new Route(dialler, bound());
        register(known);
      } catch (IOException e) {
        return Optional.empty();
      }
      routes.put(dialler, known);
      routeCount = routes.size();
    }
    known.lastUsedNanos = System.nanoTime();
    return Optional.of(known);
  }

  private void used(Route route) {
    route.lastUsedNanos = System.nanoTime();
    routes.get(route.dialler); // which makes it the last in their order
  }

  private DatagramChannel bound() throws IOException {
    InetAddress any = new InetSocketAddress(0).getAddress();
    InetAddress local = listener.getAddress().isLoopbackAddress() ? address.getAddress() : any;
    DatagramChannel channel = channel();
    try {
      return channel.bind(new InetSocketAddress(local, 0));
    } catch (IOException e) {
      close(channel);
      throw e;
    }
  }

  private void register(Route route) throws IOException {
    route.channel.register(selector, SelectionKey.OP_READ, route);
  }

  private void enqueue(byte[] datagram, Route route, LinkLane lane, boolean back) {
    long now = System.nanoTime();
    for (int copies = lane.copies(); copies > 0; copies--) {
      if (queue.size() >= MAX_QUEUED) {
        lane.countOverflow();
      } else {
        byte[] copy = datagram.clone();
        lane.damage(copy);
        queue.add(new Flight(lane.due(now), sequence++, ByteBuffer.wrap(copy), route, back));
      }
    }
  }

  private void sendDue() {
    for (Flight next = queue.peek();
        next != null && next.due - System.nanoTime() <= 0;
        next = queue.peek()) {
      queue.remove();
      LinkLane lane = next.back ? toDialler : toListener;
      if (send(next)) {
        lane.countDelivered();
      } else {
        lane.countOverflow();
      }
    }
  }

  private boolean send(Flight flight) {
    Route route = flight.route;
    ByteBuffer bytes = flight.datagram;
    boolean empty = !bytes.hasRemaining();
    try {
      int sent =
          flight.back ? front.send(bytes, route.dialler) : route.channel.send(bytes, listener);
      return sent > 0 || empty;
    } catch (IOException e) {
      return false; // the system refused it, as a network may: lost
    }
  }

  private void sweep() {
    long now = System.nanoTime();
    if (now - nextSweepNanos < 0) {
      return;
    }
    nextSweepNanos = now + SWEEP_NANOS;
    while (!routes.isEmpty() && now - silentLongest().lastUsedNanos > FORGET_NANOS) {
      forget(silentLongest());
    }
  }

  private Route silentLongest() {
    return routes.values().iterator().next();
  }

  private void forget(Route route) {
    close(route.channel);
    routes.remove(route.dialler);
    routeCount = routes.size();
  }

  private static void close(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
