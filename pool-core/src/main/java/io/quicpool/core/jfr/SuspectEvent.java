package io.quicpool.core.jfr;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** A connection in doubt, from the doubt to a sign of life or its removal. */
@Name("io.quicpool.Suspect")
@Label("QUIC Suspect")
@Description("A connection in doubt, from the doubt to a sign of life or its removal")
@Threshold("0 ms")
public final class SuspectEvent extends ConnectionEvent {
  @Label("Verdict")
  public String verdict = "";
}
