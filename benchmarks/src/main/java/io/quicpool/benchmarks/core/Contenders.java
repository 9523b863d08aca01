package io.quicpool.benchmarks.core;

import io.quicpool.benchmarks.core.MapContender.Kept;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/** Everything that a hit of the pool is compared with, by the names in the tables. */
final class Contenders {
  static final String QUICPOOL = "quicpool";
  static final String RECORDED_QUICPOOL = "quicpool-recorded";
  static final String MAP = "map";
  static final String COUNTED_MAP = "map-count";
  static final String CLOCKED_MAP = "map-count-clock";
  static final String ORDERED_MAP = "map-count-order";
  static final String JETTY = "jetty";
  static final String CAFFEINE = "caffeine-count";
  static final String HTTPCORE_LAX = "httpcore-lax";
  static final String HTTPCORE_STRICT = "httpcore-strict";
  static final String REACTOR = "reactor-pool";
  static final String COMMONS = "commons-pool2";

  private static final Map<String, IntFunction<Contender>> ALL = all();

  private Contenders() {}

  private static Map<String, IntFunction<Contender>> all() {
    Map<String, IntFunction<Contender>> all = new LinkedHashMap<>();
    all.put(MAP, cap -> new MapContender(Kept.NOTHING));
    all.put(COUNTED_MAP, cap -> new MapContender(Kept.COUNT));
    all.put(QUICPOOL, QuicpoolContender::new);
    all.put(RECORDED_QUICPOOL, RecordedContender::new);
    all.put(ORDERED_MAP, cap -> new MapContender(Kept.COUNT_AND_ORDER));
    all.put(CLOCKED_MAP, cap -> new MapContender(Kept.COUNT_AND_TIME));
    all.put(JETTY, JettyContender::new);
    all.put(CAFFEINE, CaffeineContender::new);
    all.put(HTTPCORE_LAX, HttpcoreContender::lax);
    all.put(HTTPCORE_STRICT, HttpcoreContender::strict);
    all.put(REACTOR, ReactorContender::new);
    all.put(COMMONS, CommonsContender::new);
    return all;
  }

  /** The names, the cheapest first as far as is known. */
  static String[] names() {
    return ALL.keySet().toArray(new String[0]);
  }

  /** That one, with room for so many connections. */
  static Contender open(String name, int cap) {
    IntFunction<Contender> maker = ALL.get(name);
    if (maker == null) {
      throw new IllegalArgumentException(
          "a contender must be one of " + ALL.keySet() + ", was " + name);
    }
    return maker.apply(cap);
  }
}
