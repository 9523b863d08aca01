package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectionLostException;
import io.quicpool.QuicStream;
import io.quicpool.spi.QuicConnection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The peer's stream limit (RFC 9000, section 4.6): who waits, in which order, and what wakes. */
public abstract sealed class StreamLimitContract extends StreamEndContract
    permits ConnectionContract {

  StreamLimitContract() {}

  private Pair connectWithLimit(int streams) throws Exception {
    Pair pair = connect(config -> config.maxIncomingStreams(streams));
    pair.listener().onStream(TransportFixture::echo);
    pair.dialler().onStream(TransportFixture::echo);
    return pair;
  }

  /** Opens a stream that the peer knows of. */
  private QuicStream use(QuicConnection connection) throws Exception {
    QuicStream stream = open(connection);
    stream.output().write(1);
    assertEquals(1, stream.input().read());
    return stream;
  }

  /** Ends a stream on both sides, which gives its credit back. */
  private static void finish(QuicStream stream) throws Exception {
    stream.output().close();
    stream.input().readAllBytes();
    stream.close();
  }

  @Test
  public void whoAsksForAStreamWaitsForCreditInOrder() throws Exception {
    Pair pair = connectWithLimit(2);
    for (QuicConnection connection : List.of(pair.dialler(), pair.listener())) {
      Deque<QuicStream> open = new ArrayDeque<>(List.of(use(connection), use(connection)));
      List<CompletableFuture<QuicStream>> waiting = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        waiting.add(connection.openStream());
      }
      for (int i = 0; i < waiting.size(); i++) {
        for (CompletableFuture<QuicStream> later : waiting.subList(i, waiting.size())) {
          assertFalse(later.isDone(), "a stream above the limit, or out of order");
        }
        finish(open.remove());
        QuicStream granted = get(waiting.get(i));
        granted.output().write(1);
        assertEquals(1, granted.input().read());
        open.add(granted);
      }
      for (QuicStream left : open) {
        finish(left);
      }
    }
  }

  @Test
  public void creditThatIsToldIsRight() throws Exception {
    Pair pair = connectWithLimit(4);
    QuicConnection connection = pair.dialler();
    Deque<QuicStream> open = new ArrayDeque<>();
    for (int used = 1; used <= 4; used++) {
      open.add(use(connection));
      OptionalLong left = connection.availableStreams();
      assertTrue(left.isEmpty() || left.getAsLong() <= 4 - used, () -> "told " + left);
    }
    OptionalLong none = connection.availableStreams();
    assertTrue(none.isEmpty() || none.getAsLong() == 0, () -> "told " + none);
    while (!open.isEmpty()) {
      finish(open.remove());
    }
  }

  @Test
  public void creditComesBackForAsManyStreamsAsYouLike() throws Exception {
    Pair pair = connectWithLimit(3);
    for (int i = 0; i < 200; i++) {
      finish(use(pair.dialler()));
    }
  }

  @Test
  public void creditComesBackFromStreamsThatWereReset() throws Exception {
    Pair pair = connectWithLimit(2);
    for (int i = 0; i < 20; i++) {
      QuicStream reset = use(pair.dialler());
      reset.reset(1);
      reset.close();
    }
    finish(use(pair.dialler()));
  }

  /**
   * Whether a listener gives back the credit of a stream that was reset before anything was sent on
   * it. True unless overridden: by who listens on a stack that cannot, with the reason.
   */
  protected boolean returnsCreditOfUnusedStreams() {
    return true;
  }

  @Test
  public void creditComesBackFromStreamsThatWereNeverUsed() throws Exception {
    if (!returnsCreditOfUnusedStreams()) {
      return;
    }
    Pair pair = connectWithLimit(2);
    for (int i = 0; i < 20; i++) {
      open(pair.dialler()).close();
    }
    finish(use(pair.dialler()));
  }

  @Test
  public void whoLeavesTheQueueUsesNoCredit() throws Exception {
    Pair pair = connectWithLimit(1);
    QuicStream only = use(pair.dialler());
    CompletableFuture<QuicStream> leaving = pair.dialler().openStream();
    CompletableFuture<QuicStream> staying = pair.dialler().openStream();
    assertTrue(leaving.cancel(true));
    finish(only);
    QuicStream granted = get(staying);
    granted.output().write(1);
    assertEquals(1, granted.input().read());
    finish(granted);
    finish(use(pair.dialler()));
  }

  @Test
  public void leavingAtTheMomentOfTheGrantLosesNoCredit() throws Exception {
    Pair pair = connectWithLimit(1);
    for (int round = 0; round < 30; round++) {
      QuicStream only = use(pair.dialler());
      CompletableFuture<QuicStream> racing = pair.dialler().openStream();
      Running<Boolean> cancel = start(() -> racing.cancel(true));
      finish(only);
      if (!get(cancel.result())) {
        QuicStream granted = get(racing);
        granted.output().write(1);
        finish(granted);
      }
    }
    finish(use(pair.dialler()));
  }

  /**
   * Whether a listener that closes a connection may give the credit of its streams back just before
   * it tells the dialler: who waits is then given a stream, which ends at once. False unless
   * overridden: by who listens on a stack that does, with the reason.
   */
  protected boolean returnsCreditWhileClosing() {
    return false;
  }

  /** How a wait, or the stream that it was given at the last moment, learns of the end. */
  private ConnectionLostException loss(CompletableFuture<QuicStream> waiting, boolean mayBeGranted)
      throws Exception {
    if (!mayBeGranted) {
      return failure(ConnectionLostException.class, waiting);
    }
    try {
      QuicStream granted = get(waiting);
      return assertThrows(ConnectionLostException.class, () -> granted.input().read());
    } catch (ConnectionLostException e) {
      return e;
    }
  }

  @Test
  public void theEndOfTheConnectionWakesWhoWaitsForCredit() throws Exception {
    for (boolean byPeer : new boolean[] {false, true}) {
      Pair pair = connectWithLimit(1);
      QuicStream only = use(pair.dialler());
      CompletableFuture<QuicStream> waiting = pair.dialler().openStream();
      assertFalse(waiting.isDone());
      (byPeer ? pair.listener() : pair.dialler()).close(3, "over");
      boolean mayBeGranted = byPeer && returnsCreditWhileClosing();
      assertEquals(3, loss(waiting, mayBeGranted).reason().code());
      get(only.ended());
    }
  }
}
