package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class ChaosTest {
  private final ChaosLog log = new ChaosLog(2);

  @Test
  void aLineIsReadAsItWasWritten() {
    MemberLine failed = MemberLine.failed(7, 1, "ConnectFailed/BACKOFF", 12, true);
    assertEquals(Optional.of(failed), MemberLine.parse(failed.line()));
    assertEquals(Optional.empty(), MemberLine.parse("SENT 7 1"), "it was cut");
    assertEquals(Optional.empty(), MemberLine.parse("SENT x 1 - 0 false"));
  }

  @Test
  void everyMessageIsAccountedFor() {
    log.told(0, MemberLine.sent(1, 1));
    log.told(0, MemberLine.delivered(1, 1));
    log.told(0, MemberLine.sent(2, 1));
    log.told(0, MemberLine.failed(2, 1, "ConnectionLost", 10, true));
    log.told(0, MemberLine.sent(3, 1));
    log.killed(0);
    log.end();

    ChaosResult result = log.result();
    assertEquals(3, result.sent());
    assertEquals(1, result.goneWithSender());
    assertTrue(result.isGood(), result::text);
  }

  @Test
  void aFailureThatIsNotTypedOrTooLateIsUnexplainedAndSoIsWhatNeverEnds() {
    log.told(0, MemberLine.sent(1, 1));
    log.told(0, MemberLine.failed(1, 1, "NullPointer", 10, false));
    log.told(0, MemberLine.sent(2, 1));
    log.told(0, MemberLine.failed(2, 1, "ConnectionLost", 60_000, true));
    log.told(0, MemberLine.sent(3, 1));
    log.end();

    assertEquals(3, log.result().unexplained().size());
    assertFalse(log.result().isGood());
  }

  @Test
  void recoveryTakesUntilTheLastOfAllWaysIsUsedAgain() {
    log.lifted(1);
    assertFalse(log.isRecovered());
    log.told(0, MemberLine.sent(1, 1));
    log.told(0, MemberLine.delivered(1, 1));
    assertFalse(log.isRecovered(), "it has reached nobody yet");
    log.told(1, MemberLine.sent(1, 0));
    log.told(1, MemberLine.delivered(1, 0));

    assertTrue(log.isRecovered());
    assertTrue(log.recovery(Chaos.Fault.CUT, 1).complete());
    log.lifted(0);
    assertFalse(log.recovery(Chaos.Fault.CUT, 0).complete());
    assertFalse(log.result().isGood());
  }

  @Test
  void aSmallClusterIsWellAgainAfterOneOfItWasKilled(@TempDir Path folder) throws Exception {
    CompletableFuture<CommandRun> kwik =
        CompletableFuture.supplyAsync(() -> oneFault("kwik", folder));
    assertWell(oneFault("netty", folder), folder.resolve("netty.json"));
    assertWell(kwik.get(), folder.resolve("kwik.json"));
  }

  private static CommandRun oneFault(String transport, Path folder) {
    Path json = folder.resolve(transport + ".json");
    return CommandRun.of(
        "chaos",
        "--transport",
        transport,
        "--peers",
        "2",
        "--duration",
        "1s",
        "--json",
        json.toString());
  }

  private static void assertWell(CommandRun run, Path json) throws IOException {
    assertEquals(0, run.exitCode(), () -> run.out() + run.err());
    assertTrue(run.out().contains("killed and restarted"), run::out);
    assertTrue(Files.readString(json).contains("\"good\" : true"));
  }
}
