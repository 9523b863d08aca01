package io.quicpool.core.jfr;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** A pooled connection that was closed, by the pool or by other means. */
@Name("io.quicpool.Close")
@Label("QUIC Close")
@Description("A pooled connection that was closed")
public final class CloseEvent extends ConnectionEvent {
  @Label("Age")
  @Timespan(Timespan.NANOSECONDS)
  public long age;

  @Label("Cause")
  public String cause = "";

  @Label("By")
  public String by = "";

  @Label("Error Code")
  public long code;

  @Label("Reason")
  public String reason = "";
}
