package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The concurrency of the core, in the interleavings that a model checker goes through (R1). The
 * classes that {@link MutantsTest} changes are compiled anew, as its mutants are, so that no mutant
 * is found because of that. A build takes 10 % of what finds the planted defects, {@code
 * -Pscoreboard} three times as much as that takes; {@code -Dpercent=1000} is ten times.
 */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class ModelCheckTest {
  private static final int PERCENT = Integer.getInteger("percent", 10);

  @TempDir private Path unchanged;

  @ParameterizedTest
  @EnumSource
  void noInterleavingBreaksIt(Killer.Model model) throws Exception {
    Forked.compileUnchanged(MutantsTest.changedFor(model), unchanged);
    Forked check = Killer.check(model, unchanged, PERCENT);

    assertEquals(0, check.status(), check::output);
  }
}
