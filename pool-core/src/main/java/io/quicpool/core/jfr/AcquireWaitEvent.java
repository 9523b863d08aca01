package io.quicpool.core.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A caller that was not served at once, from its call to a lease or a failure. */
@Name("io.quicpool.AcquireWait")
@Label("QUIC Acquire Wait")
@Category("quicpool")
@Description("A caller that was not served at once, from its call to a lease or a failure")
@StackTrace(false)
@Threshold("1 ms")
public final class AcquireWaitEvent extends Event {
  @Label("Pool")
  public String pool = "";

  @Label("Peer")
  public String peer = "";

  @Label("Outcome")
  public String outcome = "";

  @Label("Reason")
  public String reason = "";
}
