package io.quicpool.core.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A connection that was removed to make room. */
@Name("io.quicpool.Eviction")
@Label("QUIC Eviction")
@Category("quicpool")
@Description("A connection that was removed to make room")
@StackTrace(false)
public final class EvictionEvent extends Event {
  @Label("Pool")
  public String pool = "";

  @Label("Connection")
  public long connectionId;

  @Label("Peer")
  public String peer = "";

  @Label("Age")
  @Timespan(Timespan.NANOSECONDS)
  public long age;
}
