import org.jspecify.annotations.NullMarked;

/**
 * The {@code quicpool} command: shows what a pool saves ({@code demo}), echoes ({@code serve}),
 * measures a real peer ({@code bench}), troubles a cluster ({@code chaos}), replays eviction
 * policies ({@code simulate-eviction}) and lists what was found ({@code providers}).
 */
@NullMarked
module io.quicpool.cli {
  requires com.fasterxml.jackson.core;
  requires info.picocli;
  requires io.quicpool.api;
  requires io.quicpool.inspector;
  requires io.quicpool.testkit;
  requires java.logging;
  requires java.management;
  requires me.tongfei.progressbar;
  requires static org.jspecify;

  opens io.quicpool.cli to
      info.picocli;

  uses io.quicpool.spi.EvictionPolicy;
  uses io.quicpool.spi.QuicTransport;
}
