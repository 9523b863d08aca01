package io.quicpool.core.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A dial, from its start to a connection or a failure. */
@Name("io.quicpool.Dial")
@Label("QUIC Dial")
@Category("quicpool")
@Description("A dial, from its start to a connection or a failure")
@StackTrace(false)
@Threshold("0 ms")
public final class DialEvent extends Event {
  @Label("Pool")
  public String pool = "";

  @Label("Peer")
  public String peer = "";

  @Label("Connected")
  public boolean connected;

  @Label("Reason")
  public String reason = "";
}
