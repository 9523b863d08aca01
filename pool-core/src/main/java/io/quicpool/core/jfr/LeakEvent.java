package io.quicpool.core.jfr;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A lease that was not closed. */
@Name("io.quicpool.Leak")
@Label("QUIC Lease Leak")
@Description("A lease that was not closed")
public final class LeakEvent extends ConnectionEvent {
  @Label("Lease")
  public String lease = "";

  @Label("Acquired At")
  public String acquiredAt = "";
}
