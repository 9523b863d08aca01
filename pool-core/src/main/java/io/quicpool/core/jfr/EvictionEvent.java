package io.quicpool.core.jfr;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** A connection that was removed to make room. */
@Name("io.quicpool.Eviction")
@Label("QUIC Eviction")
@Description("A connection that was removed to make room")
public final class EvictionEvent extends ConnectionEvent {
  @Label("Age")
  @Timespan(Timespan.NANOSECONDS)
  public long age;
}
