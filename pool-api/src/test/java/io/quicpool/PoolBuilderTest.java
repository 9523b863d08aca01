package io.quicpool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;

import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.PoolProvider;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicTransport;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoolBuilderTest {

  /** What {@link #config} reads back: found as a service by the isolated class loader below. */
  public static final class RecordingProvider implements PoolProvider {
    /** Made by {@link java.util.ServiceLoader}. */
    public RecordingProvider() {}

    @Override
    public QuicPool open(PoolConfig config) throws PoolOpenException {
      throw new PoolOpenException(PoolOpenException.Kind.ENDPOINT, config.toString());
    }
  }

  /** A provider whose constructor fails. */
  public static final class FailingProvider implements PoolProvider {
    /** Fails. */
    public FailingProvider() {
      throw new UnsupportedOperationException("no native library");
    }

    @Override
    public QuicPool open(PoolConfig config) {
      throw new AssertionError("never made");
    }
  }

  private static Arguments durations(
      String name,
      BiConsumer<PoolBuilder, Duration> setter,
      Function<PoolConfig, Duration> getter,
      long leastMillis) {
    return Arguments.of(name, setter, getter, leastMillis);
  }

  static Stream<Arguments> durationSettings() {
    return Stream.of(
        durations("idleTimeout", PoolBuilder::idleTimeout, PoolConfig::idleTimeout, 10),
        durations("connectTimeout", PoolBuilder::connectTimeout, PoolConfig::connectTimeout, 1),
        durations("acquireTimeout", PoolBuilder::acquireTimeout, PoolConfig::acquireTimeout, 1),
        durations("drainTimeout", PoolBuilder::drainTimeout, PoolConfig::drainTimeout, 0),
        durations("streamTimeout", PoolBuilder::streamTimeout, PoolConfig::streamTimeout, 1),
        durations("probeAfter", PoolBuilder::probeAfter, PoolConfig::probeAfter, 10),
        durations(
            "probeLeasedAfter", PoolBuilder::probeLeasedAfter, PoolConfig::probeLeasedAfter, 10),
        durations("maxBackoff", PoolBuilder::maxBackoff, PoolConfig::maxBackoff, 0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("durationSettings")
  void aDurationOutOfRangeIsRefusedWithTheRuleAndTheValue(
      String name,
      BiConsumer<PoolBuilder, Duration> setter,
      Function<PoolConfig, Duration> getter,
      long leastMillis)
      throws Exception {
    Duration least = Duration.ofMillis(leastMillis);
    Duration most = Duration.ofHours(24);
    for (Duration bad :
        List.of(
            least.minusNanos(1),
            most.plusNanos(1),
            Duration.ofSeconds(-1),
            Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
            Duration.ofSeconds(Long.MIN_VALUE))) {
      PoolBuilder builder = QuicPool.builder().alpn("chat/1");
      Duration before = getter.apply(config(builder));
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> setter.accept(builder, bad));
      assertEquals(
          name + " must be at least " + leastMillis + " ms and at most 24 h, was " + bad,
          refused.getMessage());
      assertEquals(before, getter.apply(config(builder)), "a refused value changes nothing");
    }
    for (Duration good : List.of(least, most)) {
      PoolBuilder builder = QuicPool.builder().alpn("chat/1");
      setter.accept(builder, good);
      assertEquals(good, getter.apply(config(builder)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, 10_000_001, Integer.MAX_VALUE})
  void d9aMaximumOutOfRangeIsRefusedWithTheRuleAndTheValue(int bad) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> QuicPool.builder().maxConnections(bad));

    assertEquals(
        "maxConnections must be at least 1 and at most 10000000, was " + bad, refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, 10_000_001, Integer.MAX_VALUE})
  void aNumberOfWaitersOutOfRangeIsRefusedWithTheRuleAndTheValue(int bad) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> QuicPool.builder().maxPending(bad));

    assertEquals(
        "maxPending must be at least 0 and at most 10000000, was " + bad, refused.getMessage());
  }

  @Test
  void theBoundsOfNumbersAreTaken() throws Exception {
    PoolConfig least = config(QuicPool.builder().alpn("a").maxConnections(1).maxPending(0));
    PoolConfig most =
        config(QuicPool.builder().alpn("a").maxConnections(10_000_000).maxPending(10_000_000));

    assertEquals(1, least.maxConnections());
    assertEquals(0, least.maxPending());
    assertEquals(10_000_000, most.maxConnections());
    assertEquals(10_000_000, most.maxPending());
  }

  @Test
  void anAlpnThatCannotBeSentIsRefusedWithTheRuleAndTheValue() throws Exception {
    for (String bad : List.of("", " ", "chat 1", "chat\0", "ch\u00e4t", "a".repeat(256), "a\n")) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> QuicPool.builder().alpn(bad));
      assertEquals(
          "alpn must be 1 to 255 printable ASCII characters, was \"" + bad + "\"",
          refused.getMessage());
    }
    assertEquals("a".repeat(255), config(QuicPool.builder().alpn("a".repeat(255))).alpn());
    assertEquals("h3", config(QuicPool.builder().alpn("h3")).alpn());
  }

  @Test
  void openingWithoutAlpnSaysHowToSetIt() {
    PoolBuilder builder = QuicPool.builder();

    IllegalStateException refused = assertThrows(IllegalStateException.class, builder::open);

    assertTrue(refused.getMessage().contains("alpn must be set"), refused.getMessage());
  }

  @Test
  void openingWithoutAPoolOnThePathNamesTheArtefactToAdd() {
    PoolBuilder builder = QuicPool.builder().alpn("chat/1");

    PoolOpenException refused = assertThrows(PoolOpenException.class, builder::open);

    assertEquals(PoolOpenException.Kind.PROVIDER_MISSING, refused.kind());
    assertTrue(refused.getMessage().contains("io.quicpool:quicpool-core"), refused.getMessage());
  }

  @Test
  void aPoolThatDoesNotLoadIsReportedWithItsCause(@TempDir Path services) throws Exception {
    Throwable refused = openOnTheClassPath(services, FailingProvider.class.getName());

    assertEquals("PROVIDER_FAILED", kind(refused));
    assertEquals("no native library", rootOf(refused).getMessage());

    refused = openOnTheClassPath(services, "io.quicpool.nowhere.Missing");
    assertEquals("PROVIDER_FAILED", kind(refused));
    assertTrue(refused.getMessage().contains("io.quicpool.nowhere.Missing"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "a,b", "naïve"})
  void aNameThatIsNotPlainIsRefused(String name) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> QuicPool.builder().name(name));

    assertEquals(
        "name must be 1 to 64 letters, digits, dots, dashes and underscores, was \"" + name + "\"",
        refused.getMessage());
  }

  @Test
  void poolsWithoutANameAreNumbered() throws Exception {
    String first = config(QuicPool.builder().alpn("a")).name();
    String second = config(QuicPool.builder().alpn("a")).name();

    assertTrue(first.matches("pool-[0-9]+"), first);
    assertNotEquals(first, second);
    assertEquals("chat", config(QuicPool.builder().name("chat").alpn("a")).name());
  }

  @Test
  void thePoolOnTheClassPathIsFoundAndGivenTheSettings(@TempDir Path services) throws Exception {
    Throwable told = openOnTheClassPath(services, RecordingProvider.class.getName());

    assertEquals("ENDPOINT", kind(told));
    assertTrue(
        told.getMessage().startsWith("PoolConfig[name=pool-1, alpn=chat/1, "), told.getMessage());
  }

  /**
   * Opens a pool in a class path of its own, on which one provider is registered. Its loader has no
   * parent: the platform's would hand over the classes of this module.
   */
  private static Throwable openOnTheClassPath(Path services, String provider) throws Exception {
    Path directory = Files.createDirectories(services.resolve("META-INF/services"));
    Files.writeString(directory.resolve(PoolProvider.class.getName()), provider);
    List<URL> path = new ArrayList<>();
    path.add(services.toUri().toURL());
    for (Class<?> type : List.of(QuicPool.class, RecordingProvider.class)) {
      String name = type.getName().replace('.', '/') + ".class";
      URL url = type.getResource("/" + name);
      assertNotNull(url, name);
      path.add(new URL(url.toString().substring(0, url.toString().length() - name.length())));
    }
    try (URLClassLoader loader = new URLClassLoader(path.toArray(new URL[0]), null)) {
      Object builder = loader.loadClass(QuicPool.class.getName()).getMethod("builder").invoke(null);
      builder.getClass().getMethod("alpn", String.class).invoke(builder, "chat/1");
      var open = builder.getClass().getMethod("open");
      return assertThrows(InvocationTargetException.class, () -> open.invoke(builder)).getCause();
    }
  }

  private static String kind(Throwable refused) throws ReflectiveOperationException {
    assertEquals(PoolOpenException.class.getName(), refused.getClass().getName(), "" + refused);
    return String.valueOf(refused.getClass().getMethod("kind").invoke(refused));
  }

  private static Throwable rootOf(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** What the builder would give to the pool. */
  private static PoolConfig config(PoolBuilder builder) throws ReflectiveOperationException {
    var method = PoolBuilder.class.getDeclaredMethod("config");
    method.setAccessible(true);
    return (PoolConfig) method.invoke(builder);
  }

  @Test
  void c14TheDefaultsAreTheDocumentedOnes() throws Exception {
    PoolConfig config = config(QuicPool.builder().alpn("chat/1"));

    assertEquals(100, config.maxConnections());
    assertEquals(1000, config.maxPending());
    assertEquals(Duration.ofSeconds(60), config.idleTimeout());
    assertEquals(Duration.ofSeconds(5), config.connectTimeout());
    assertEquals(Duration.ofSeconds(10), config.acquireTimeout());
    assertEquals(Duration.ofSeconds(5), config.drainTimeout());
    assertEquals(Duration.ofSeconds(30), config.streamTimeout());
    assertEquals(Duration.ofSeconds(15), config.probeAfter());
    assertEquals(Duration.ofSeconds(1), config.probeLeasedAfter());
    assertEquals(Duration.ofSeconds(2), config.maxBackoff());
    assertEquals(Tls.system().toString(), config.tls().toString(), "verified by default");
    assertEquals(PoolConfig.Choice.only(), config.transport());
    assertEquals(PoolConfig.Choice.only(), config.eviction());
    assertEquals(Optional.empty(), config.time());
    assertEquals(Optional.empty(), config.executor());
    assertEquals(false, config.closeAtShutdown());
  }

  @Test
  void everySettingReachesThePool() throws Exception {
    QuicTransport transport = mock(QuicTransport.class);
    EvictionPolicy policy = mock(EvictionPolicy.class);
    PoolTime time = mock(PoolTime.class);
    Executor executor = Runnable::run;
    PeerResolver peers = PeerResolver.ofPeer();
    HostResolver hosts = HostResolver.ofPlatform();
    PoolListener listener = new PoolListener() {};
    Tls tls = Tls.pinning();

    PoolConfig config =
        config(
            QuicPool.builder()
                .alpn("chat/1")
                .tls(tls)
                .transport(transport)
                .eviction(() -> policy)
                .peerResolver(peers)
                .hostResolver(hosts)
                .time(time)
                .executor(executor)
                .listener(listener)
                .closeAtShutdown(true));

    assertSame(tls, config.tls());
    assertSame(transport, config.transport().supplier().orElseThrow().get());
    assertSame(policy, config.eviction().supplier().orElseThrow().get());
    assertSame(peers, config.peerResolver());
    assertSame(hosts, config.hostResolver());
    assertSame(time, config.time().orElseThrow());
    assertSame(executor, config.executor().orElseThrow());
    assertEquals(List.of(listener), config.listeners());
    assertTrue(config.closeAtShutdown());
  }

  @Test
  void whereToListenMayLeaveThePortOpen() throws Exception {
    for (String any : List.of("127.0.0.1:0", "[::1]:0")) {
      PoolConfig config =
          config(QuicPool.builder().alpn("a").onStream((stream, from) -> {}).listen(any));
      assertEquals(0, config.inbound().address().orElseThrow().getPort(), any);
    }
  }

  @Test
  void theLastChoiceOfATransportOrPolicyCounts() throws Exception {
    QuicTransport transport = mock(QuicTransport.class);

    PoolConfig byName =
        config(QuicPool.builder().alpn("a").transport(transport).transport("kwik").eviction("lru"));
    PoolConfig byInstance =
        config(QuicPool.builder().alpn("a").transport("kwik").transport(transport));

    assertEquals(PoolConfig.Choice.named("kwik"), byName.transport());
    assertEquals(PoolConfig.Choice.named("lru"), byName.eviction());
    assertInstanceOf(QuicTransport.class, byInstance.transport().supplier().orElseThrow().get());
    assertEquals(Optional.empty(), byInstance.transport().name());
  }
}
