package io.quicpool.eviction.lru;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.spi.EvictionPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ProviderTest {
  private static final String SERVICE = "io.quicpool.spi.EvictionPolicy";

  private static List<String> registeredOnTheClassPath() throws IOException {
    try (InputStream in =
        LruEvictionPolicy.class.getResourceAsStream("/META-INF/services/" + SERVICE)) {
      assertNotNull(in, "META-INF/services/" + SERVICE);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.replaceFirst("#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .toList();
    }
  }

  private static ModuleDescriptor descriptor() {
    ModuleDescriptor descriptor = LruEvictionPolicy.class.getModule().getDescriptor();
    assertNotNull(descriptor, "these tests must run on the module path");
    return descriptor;
  }

  @Test
  void theModuleDescriptorAndMetaInfServicesNameTheSameProviders() throws IOException {
    List<String> onTheModulePath =
        descriptor().provides().stream()
            .filter(provides -> provides.service().equals(SERVICE))
            .flatMap(provides -> provides.providers().stream())
            .toList();

    assertEquals(List.of(LruEvictionPolicy.class.getName()), onTheModulePath);
    assertEquals(onTheModulePath, registeredOnTheClassPath());
  }

  @Test
  void theModuleExportsAndOpensNothing() {
    assertEquals("io.quicpool.eviction.lru", descriptor().name());
    assertTrue(descriptor().exports().isEmpty());
    assertTrue(descriptor().opens().isEmpty());
  }

  @Test
  void eachLookUpMakesAnInstanceOfItsOwn() {
    EvictionPolicy first = found();
    EvictionPolicy second = found();

    assertEquals("lru", first.name());
    assertEquals(LruEvictionPolicy.class, first.getClass());
    assertNotSame(first, second);
  }

  private static EvictionPolicy found() {
    ProviderTest.class.getModule().addUses(EvictionPolicy.class);
    return ServiceLoader.load(EvictionPolicy.class, LruEvictionPolicy.class.getClassLoader())
        .findFirst()
        .orElseThrow();
  }
}
