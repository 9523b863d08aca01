package io.quicpool.core.jfr;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** A caller that was not served at once, from its call to a lease or a failure. */
@Name("io.quicpool.AcquireWait")
@Label("QUIC Acquire Wait")
@Description("A caller that was not served at once, from its call to a lease or a failure")
@Threshold("1 ms")
public final class AcquireWaitEvent extends PoolEvent {
  @Label("Outcome")
  public String outcome = "";

  @Label("Reason")
  public String reason = "";
}
