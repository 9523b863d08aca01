package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.spi.EvictionPolicy;
import io.quicpool.testkit.contract.EvictionPolicyContract;
import io.quicpool.testkit.contract.TestEntry;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The policy that a user wrote, compiled against the API alone, keeps the contract of policies. */
@Timeout(60)
class CustomPolicyIT extends EvictionPolicyContract {
  @TempDir static Path folder;
  private static URLClassLoader loader;

  @BeforeAll
  static void compile() throws IOException {
    Path classes = new Consumers(folder).classes("policy.frequency");
    loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, CustomPolicyIT.class.getClassLoader());
  }

  @AfterAll
  static void unload() throws IOException {
    loader.close();
  }

  @Override
  protected EvictionPolicy newPolicy() {
    return ServiceLoader.load(EvictionPolicy.class, loader).stream()
        .filter(provider -> provider.type().getName().startsWith("policy.frequency."))
        .findFirst()
        .orElseThrow()
        .get();
  }

  @Test
  void theConnectionWithTheFewestUsesGoesFirst() {
    EvictionPolicy policy = newPolicy();
    List<TestEntry> entries = add(policy, 3);
    policy.used(entries.get(0), 5);
    policy.used(entries.get(1), 1);
    policy.used(entries.get(2), 2);
    policy.used(entries.get(1), 3);

    assertEquals(List.of(entries.get(2), entries.get(1), entries.get(0)), victims(policy));
  }
}
