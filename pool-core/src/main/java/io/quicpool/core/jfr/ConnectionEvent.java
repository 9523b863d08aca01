package io.quicpool.core.jfr;

import jdk.jfr.Label;

/** About one connection. */
public abstract class ConnectionEvent extends PoolEvent {
  @Label("Connection")
  public long connectionId;
}
