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
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
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
  private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(10);
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
  private final LinkLane toListener;
  private final LinkLane toDialler;
  private final Selector selector;
  private final DatagramChannel front;
  private final InetSocketAddress address;
  private final Thread thread;
  private final Queue<CompletableFuture<Void>> rebinds = new ConcurrentLinkedQueue<>();
  private final Map<SocketAddress, Route> routes = new HashMap<>();
  private final PriorityQueue<Flight> queue = new PriorityQueue<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_DATAGRAM_BYTES);
  private volatile int routeCount;
  private volatile boolean closed;
  private long sequence;
  private long nextSweepNanos = System.nanoTime() + SWEEP_NANOS;

  private LinkRelay(InetSocketAddress listener, LinkLane toListener, LinkLane toDialler)
      throws IOException {
    this.listener = listener;
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
    LinkRelay relay = new LinkRelay(listener, toListener, toDialler);
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
      for (Route route : routes.values()) {
        DatagramChannel old = route.channel;
        route.channel = channel();
        bind(route);
        close(old);
      }
      done.complete(null);
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
        enqueue(datagram, route(source), toListener, false);
      } else if (source.equals(listener)) {
        route.lastUsedNanos = System.nanoTime();
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

  private Route route(SocketAddress dialler) throws IOException {
    Route known = routes.get(dialler);
    if (known == null) {
      known = new Route(dialler, channel());
      bind(known);
      routes.put(dialler, known);
      routeCount = routes.size();
    }
    known.lastUsedNanos = System.nanoTime();
    return known;
  }

  private void bind(Route route) throws IOException {
    InetAddress any = new InetSocketAddress(0).getAddress();
    InetAddress local = listener.getAddress().isLoopbackAddress() ? address.getAddress() : any;
    route.channel.bind(new InetSocketAddress(local, 0));
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
    for (Iterator<Route> all = routes.values().iterator(); all.hasNext(); ) {
      Route route = all.next();
      if (now - route.lastUsedNanos > FORGET_NANOS) {
        close(route.channel);
        all.remove();
      }
    }
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
