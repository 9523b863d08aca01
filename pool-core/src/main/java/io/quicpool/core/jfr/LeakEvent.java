package io.quicpool.core.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A lease that was not closed. */
@Name("io.quicpool.Leak")
@Label("QUIC Lease Leak")
@Category("quicpool")
@Description("A lease that was not closed")
@StackTrace(false)
public final class LeakEvent extends Event {
  @Label("Pool")
  public String pool = "";

  @Label("Connection")
  public long connectionId;

  @Label("Peer")
  public String peer = "";

  @Label("Lease")
  public String lease = "";

  @Label("Acquired At")
  public String acquiredAt = "";
}
