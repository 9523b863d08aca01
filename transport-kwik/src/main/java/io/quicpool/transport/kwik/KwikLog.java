package io.quicpool.transport.kwik;

import java.lang.System.Logger.Level;
import java.time.Instant;
import tech.kwik.core.log.NullLogger;

/**
 * What kwik logs: warnings and errors go to the platform's logger as debug messages, so that
 * nothing is printed, and some of the rest tells {@link WakeUpGuard} where kwik's threads are.
 */
final class KwikLog extends NullLogger {
  static final System.Logger LOGGER = System.getLogger("io.quicpool.transport.kwik");

  private final WakeUpGuard guard;

  KwikLog(WakeUpGuard guard) {
    this.guard = guard;
  }

  /** Without it kwik does not say when it has ended to look for losses. */
  @Override
  public boolean logRecovery() {
    return true;
  }

  @Override
  public void debug(String message) {
    guard.debug(message);
  }

  @Override
  public void recovery(String message) {
    guard.recovery(message);
  }

  @Override
  public void recovery(String format, Instant time) {
    guard.recovery(format);
  }

  @Override
  public void stream(String message) {
    guard.stream(message);
  }

  @Override
  public void warn(String message) {
    guard.warn(message);
    LOGGER.log(Level.DEBUG, message);
  }

  @Override
  public void error(String message) {
    LOGGER.log(Level.DEBUG, message);
  }

  @Override
  public void error(String message, Throwable error) {
    LOGGER.log(Level.DEBUG, message, error);
  }
}
