package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs one test of a contract, as its user does. */
final class ContractRun {
  private ContractRun() {}

  static void mustPass(Class<?> contract, String test) {
    TestExecutionSummary summary = run(contract, test);
    StringWriter failures = new StringWriter();
    summary.printFailuresTo(new PrintWriter(failures));
    assertEquals(0, summary.getTotalFailureCount(), failures::toString);
  }

  static void mustFail(Class<?> contract, String test) {
    TestExecutionSummary summary = run(contract, test);
    assertTrue(summary.getTotalFailureCount() > 0, () -> test + " did not see the flaw");
  }

  private static TestExecutionSummary run(Class<?> contract, String test) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectMethod(contract, test))
                .build(),
            listener);
    assertEquals(1, listener.getSummary().getTestsFoundCount(), test);
    return listener.getSummary();
  }
}
