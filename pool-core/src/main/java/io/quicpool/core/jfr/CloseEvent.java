package io.quicpool.core.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A pooled connection that was closed, by the pool or by other means. */
@Name("io.quicpool.Close")
@Label("QUIC Close")
@Category("quicpool")
@Description("A pooled connection that was closed")
@StackTrace(false)
public final class CloseEvent extends Event {
  @Label("Pool")
  public String pool = "";

  @Label("Connection")
  public long connectionId;

  @Label("Peer")
  public String peer = "";

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
