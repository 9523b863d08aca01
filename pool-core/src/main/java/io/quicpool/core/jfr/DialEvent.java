package io.quicpool.core.jfr;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** A dial, from its start to a connection or a failure. */
@Name("io.quicpool.Dial")
@Label("QUIC Dial")
@Description("A dial, from its start to a connection or a failure")
@Threshold("0 ms")
public final class DialEvent extends PoolEvent {
  @Label("Connected")
  public boolean connected;

  @Label("Reason")
  public String reason = "";
}
