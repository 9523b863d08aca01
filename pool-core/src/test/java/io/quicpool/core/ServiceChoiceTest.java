package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.PoolConfig.Choice;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.QuicTransport;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ServiceChoiceTest {

  /** A provider that loads. */
  public static class Good extends FakeTransport {
    public Good() {
      super(request -> null);
    }

    @Override
    public String name() {
      return "good";
    }
  }

  /** Another one. */
  public static class Other extends FakeTransport {
    public Other() {
      super(request -> null);
    }

    @Override
    public String name() {
      return "other";
    }
  }

  /** One that has the name of another. */
  public static class Twin extends Good {
    public Twin() {}
  }

  /** One whose native library is missing, say. */
  public static class Broken extends FakeTransport {
    public Broken() {
      super(request -> null);
      throw new UnsatisfiedLinkError("no such library");
    }
  }

  /** Sees the given providers and no others, as classes of its own unnamed module. */
  private static final class Providers extends ClassLoader {
    private final URL services;

    Providers(Path services) throws IOException {
      super(ServiceChoiceTest.class.getClassLoader());
      this.services = services.toUri().toURL();
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      return name.startsWith("META-INF/services/")
          ? Collections.enumeration(List.of(services))
          : super.getResources(name);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(ServiceChoiceTest.class.getName())
          && !name.equals(FakeTransport.class.getName())) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : define(name);
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
      try (InputStream in = ServiceChoiceTest.class.getResourceAsStream(file)) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @TempDir Path directory;

  private ServiceChoice<QuicTransport> among(String... providers) throws IOException {
    return new ServiceChoice<>(
        "QUIC transport",
        "transport",
        "io.quicpool:quicpool-transport-netty",
        loader(providers),
        QuicTransport::name);
  }

  private ServiceLoader<QuicTransport> loader(String... providers) throws IOException {
    Path services = directory.resolve("services");
    Files.write(services, List.of(providers));
    return ServiceLoader.load(QuicTransport.class, new Providers(services));
  }

  private static String nameOf(Class<?> type) {
    return type.getName();
  }

  private static final String GOOD = nameOf(Good.class);
  private static final String OTHER = nameOf(Other.class);
  private static final String BROKEN = nameOf(Broken.class);

  private static PoolOpenException refusal(
      Kind kind, ServiceChoice<QuicTransport> services, Choice<QuicTransport> choice) {
    PoolOpenException refused =
        assertThrows(PoolOpenException.class, () -> services.choose(choice));
    assertEquals(kind, refused.kind(), refused.getMessage());
    return refused;
  }

  @Test
  void theOnlyOneIsTaken() throws Exception {
    assertEquals("good", among(GOOD).choose(Choice.only()).name());
  }

  @Test
  void ofSeveralTheOneThatIsNamedIsTaken() throws Exception {
    assertEquals("other", among(GOOD, OTHER).choose(Choice.named("other")).name());
  }

  @Test
  void oneThatIsGivenIsTakenWhateverThereIs() throws Exception {
    FakeTransport mine = new FakeTransport(request -> null);

    assertSame(mine, among().choose(Choice.supplied(() -> mine)));
    assertSame(mine, among(GOOD, BROKEN).choose(Choice.supplied(() -> mine)));
  }

  @Test
  void withoutAnyTheArtefactToAddIsNamed() throws Exception {
    assertEquals(
        "no QUIC transport was found: add io.quicpool:quicpool-transport-netty to the module path"
            + " or class path",
        refusal(Kind.PROVIDER_MISSING, among(), Choice.only()).getMessage());
  }

  @Test
  void neverTheFirstOfSeveral() throws Exception {
    assertEquals(
        "several QUIC transports were found, [good, other]: choose one with"
            + " builder.transport(\"good\")",
        refusal(Kind.PROVIDER_AMBIGUOUS, among(GOOD, OTHER), Choice.only()).getMessage());
  }

  @Test
  void whereOnlyOneNameIsFoundOneOfThemHasToGo() throws Exception {
    String told =
        refusal(Kind.PROVIDER_AMBIGUOUS, among(GOOD, nameOf(Twin.class)), Choice.only())
            .getMessage();
    assertTrue(told.contains("take all but one off the module path"), told);
  }

  @Test
  void severalPoliciesAreSpeltAsSuch() throws Exception {
    ServiceChoice<QuicTransport> policies =
        new ServiceChoice<>("eviction policy", "eviction", "", loader(GOOD, OTHER), t -> t.name());

    assertTrue(
        refusal(Kind.PROVIDER_AMBIGUOUS, policies, Choice.only())
            .getMessage()
            .startsWith("several eviction policies were found, [good, other]"));
  }

  @Test
  void anUnknownNameIsRefusedWithThoseThatWereFound() throws Exception {
    assertEquals(
        "there is no QUIC transport named \"lfu\", found were [good, other]",
        refusal(Kind.PROVIDER_UNKNOWN, among(OTHER, GOOD), Choice.named("lfu")).getMessage());
  }

  @Test
  void aNameThatSeveralHaveIsRefusedWithTheirClasses() throws Exception {
    String message =
        refusal(Kind.PROVIDER_AMBIGUOUS, among(GOOD, nameOf(Twin.class)), Choice.named("good"))
            .getMessage();

    assertTrue(message.contains(GOOD) && message.contains(nameOf(Twin.class)), message);
  }

  @Test
  void oneThatDoesNotLoadIsReportedWithItsCause() throws Exception {
    PoolOpenException refused = refusal(Kind.PROVIDER_FAILED, among(BROKEN), Choice.only());

    assertTrue(refused.getMessage().contains(BROKEN), refused.getMessage());
    assertEquals("no such library", rootOf(refused).getMessage());
  }

  @Test
  void oneWhoseClassIsMissingIsReported() throws Exception {
    PoolOpenException refused =
        refusal(Kind.PROVIDER_FAILED, among("com.example.Gone"), Choice.named("gone"));

    assertTrue(refused.getMessage().contains("com.example.Gone"), refused.getMessage());
  }

  @Test
  void oneThatDoesNotLoadHidesNoOther() throws Exception {
    for (List<String> order : List.of(List.of(GOOD, BROKEN), List.of(BROKEN, GOOD))) {
      ServiceChoice<QuicTransport> services = among(order.toArray(String[]::new));
      assertEquals("good", services.choose(Choice.only()).name());
    }
    assertEquals("good", among("com.example.Gone", GOOD).choose(Choice.named("good")).name());
  }

  @Test
  void aSupplierThatThrowsOrGivesNothingIsReported() throws Exception {
    PoolOpenException thrown =
        refusal(
            Kind.PROVIDER_FAILED,
            among(),
            Choice.supplied(
                () -> {
                  throw new IllegalStateException("not today");
                }));
    assertTrue(thrown.getMessage().contains("not today"), thrown.getMessage());
    assertEquals(
        "the supplier of the QUIC transport must give one, it gave none",
        refusal(Kind.PROVIDER_FAILED, among(), Choice.supplied(() -> null)).getMessage());
  }

  @Test
  void aPoolWithoutATransportSaysWhatToAdd() {
    PoolOpenException refused =
        assertThrows(
            PoolOpenException.class,
            () -> QuicPool.builder().alpn("x/1").tls(Tls.insecure()).open().close());

    assertEquals(Kind.PROVIDER_MISSING, refused.kind());
    assertTrue(
        refused.getMessage().contains("quicpool-transport-netty")
            && refused.getMessage().contains("quicpool-transport-kwik"),
        refused.getMessage());
  }

  private static Throwable rootOf(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
