package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quicpool.PoolExtension;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.QuicPool;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes along with a pool. */
class ExtensionTest extends PoolTest {
  private final List<String> told = new ArrayList<>();
  private final List<QuicPool> pools = new ArrayList<>();

  private PoolExtension noting(String name) {
    return pool -> {
      told.add(name + " begins");
      pools.add(pool);
      return () -> told.add(name + " ends with " + pool.stats().open() + " open");
    };
  }

  @Test
  void itBeginsWithThePoolAndEndsWithIt() throws Exception {
    Scene scene = open(builder -> builder.with(noting("first")).with(noting("second")));
    assertEquals(List.of("first begins", "second begins"), told);
    assertSame(scene.pool, pools.get(0));
    told.clear();
    scene.use(1);

    scene.pool.close();
    scene.pool.close();

    assertEquals(List.of("second ends with 0 open", "first ends with 0 open"), told);
  }

  @Test
  void oneThatFailsToBeginLeavesNothingBehind() {
    PoolExtension failing =
        pool -> {
          throw new IllegalStateException("no port");
        };

    PoolOpenException failure =
        assertThrows(
            PoolOpenException.class,
            () -> open(builder -> builder.with(noting("first")).with(failing)));

    assertEquals(Kind.EXTENSION_FAILED, failure.kind());
    assertEquals("no port", failure.getCause().getMessage());
    assertEquals(List.of("first begins", "first ends with 0 open"), told);
  }

  @Test
  void oneThatFailsToEndKeepsNothingOpen() throws Exception {
    PoolExtension failing =
        pool ->
            () -> {
              throw new IllegalStateException("stuck");
            };
    Scene scene = open(builder -> builder.with(noting("first")).with(failing));

    scene.pool.close();

    assertEquals(List.of("first begins", "first ends with 0 open"), told);
  }
}
