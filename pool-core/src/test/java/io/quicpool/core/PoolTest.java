package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.Lease;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/**
 * Tests of a pool over a network in memory, in virtual time; after each of them its pools are
 * closed, and nothing may be left or lost.
 */
@Timeout(30)
abstract class PoolTest {
  private final List<Scene> scenes = new ArrayList<>();

  @AfterEach
  final void nothingIsLeftAndNothingIsLost() {
    scenes.forEach(Scene::closeAndCheck);
  }

  final Scene open() throws PoolOpenException {
    return open(builder -> {});
  }

  /** A pool over a stack that lacks capabilities. */
  final Scene open(Consumer<PoolBuilder> settings, Capability... missing) throws PoolOpenException {
    Scene scene = new Scene(new ManualTime(), settings, missing);
    scenes.add(scene);
    return scene;
  }

  static Consumer<PoolBuilder> max(int connections) {
    return builder -> builder.maxConnections(connections);
  }

  static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }

  /** What a future that has failed already failed with. */
  static <T extends Throwable> T failure(Class<T> type, CompletableFuture<?> future) {
    assertTrue(future.isDone(), "has not ended");
    return assertInstanceOf(type, assertThrows(ExecutionException.class, future::get).getCause());
  }

  /** The lease of a future that has been served already. */
  static Lease served(CompletableFuture<Lease> future) {
    assertTrue(future.isDone(), "was not served");
    return future.join();
  }

  static void assertWaits(CompletableFuture<?>... futures) {
    for (int i = 0; i < futures.length; i++) {
      assertEquals(false, futures[i].isDone(), "number " + i + " has ended");
    }
  }
}
