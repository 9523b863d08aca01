package io.quicpool.core.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A connection in doubt, from the doubt to a sign of life or its removal. */
@Name("io.quicpool.Suspect")
@Label("QUIC Suspect")
@Category("quicpool")
@Description("A connection in doubt, from the doubt to a sign of life or its removal")
@StackTrace(false)
@Threshold("0 ms")
public final class SuspectEvent extends Event {
  @Label("Pool")
  public String pool = "";

  @Label("Connection")
  public long connectionId;

  @Label("Peer")
  public String peer = "";

  @Label("Verdict")
  public String verdict = "";
}
