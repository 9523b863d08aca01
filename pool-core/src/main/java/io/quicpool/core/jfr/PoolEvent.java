package io.quicpool.core.jfr;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;

/** What all have in common: whose decision it was, and about whom. */
@Category("quicpool")
@StackTrace(false)
public abstract class PoolEvent extends Event {
  @Label("Pool")
  public String pool = "";

  @Label("Peer")
  public String peer = "";
}
