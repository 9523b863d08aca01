package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Defects planted in the core, each of which must be found. A mutant's source has to fit the
 * core's: whoever changes that line changes the mutant too. The same sources unchanged go the same
 * way, here and in {@link ModelCheckTest}, and nothing may be found in them.
 *
 * <p>By the simulation ({@link Schedule}), every third one in a build, of which the others are only
 * looked at whether they fit:
 *
 * <ol>
 *   <li>one connection too many (I1)
 *   <li>what a dial yields after everybody left is not closed: a forgotten close (I5)
 *   <li>removal is by peer and not by connection: a skipped identity check (I4, I5)
 *   <li>what is leased is evicted (I3)
 *   <li>a lease is given back as often as it is closed: a dropped compare-and-set (I7)
 *   <li>who has left is served all the same (I6)
 *   <li>a deadline passes in silence (I6)
 *   <li>nobody is told when something becomes idle (I8)
 *   <li>a pool that closes leaves callers waiting (I12)
 *   <li>a connection is closed twice (I5)
 *   <li>what drains is not closed with its last share (I5)
 *   <li>a connection is put under anybody's key (I11)
 *   <li>a dial takes whoever answers (I11)
 *   <li>the oldest is evicted, whom the policy names or not (I9)
 *   <li>a served miss is counted as a hit too (I10)
 *   <li>a connection that ends while it is asked for a sign of life is taken for alive (I4)
 *   <li>one that gives no sign of life is handed out again (I4)
 *   <li>silence gives rise to no doubt: the dead stay in the pool
 *   <li>one in doubt is handed out (I4)
 *   <li>a pool that is closed serves callers (I12)
 *   <li>a pool that closes cuts off what is in use, however long that may take (I3)
 *   <li>who waits is refused before the deadline (I6)
 * </ol>
 *
 * <p>By the model checker, with {@code -Dmutants=all} (as {@code -Pscoreboard} has it), since it
 * takes its time; without, only that they fit is looked at:
 *
 * <ol>
 *   <li>shares: a lease is taken without compare-and-set
 *   <li>shares: an eviction does not see a lease taken meanwhile
 *   <li>recent uses: they are pushed without compare-and-set
 *   <li>waiters: who waits for room says so only after a look for it
 *   <li>waiters: what a dial yields after everybody left is pooled
 *   <li>pool: one that closes, or invalidates, does not see a lease given back meanwhile
 *   <li>pool: one that closes takes in what is put
 * </ol>
 */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class MutantsTest {
  /** The one that shows least shows within these. */
  private static final int SEEDS = 1000;

  /** Enough for most; what nobody planted is {@link ScheduleModelTest}'s matter. */
  private static final int FEW_SEEDS = 50;

  @TempDir private Path changed;

  /** A line of the core, what stands there instead, and what whoever finds it must say. */
  record Mutant(String defect, String file, String from, String to, String sign) {
    Mutant(String defect, String file, String from, String to) {
      this(defect, file, from, to, "");
    }

    @Override
    public String toString() {
      return defect;
    }
  }

  static List<Mutant> simulated() {
    return List.of(
        new Mutant(
            "one connection too many",
            "ConnectionTable.java",
            "roster.open() + pending.dialling() < limits.maxConnections()",
            "roster.open() + pending.dialling() <= limits.maxConnections()"),
        new Mutant(
            "what a dial yields after everybody left is not closed",
            "AddressRace.java",
            "Closing.close(connection, 0, \"\");",
            ""),
        new Mutant(
            "removal is by peer and not by connection",
            "PooledEntries.java",
            "if (next == entry) {",
            "if (next != null) {"),
        new Mutant(
            "what is leased is evicted",
            "Entry.java",
            "UseWord.state(seen) != UseWord.READY || UseWord.hasShares(seen)",
            "UseWord.state(seen) != UseWord.READY"),
        new Mutant(
            "a lease is given back as often as it is closed",
            "EntryLease.java",
            "RELEASED.compareAndSet(this, false, true)",
            "true"),
        new Mutant(
            "who has left is served all the same",
            "PendingPeers.java",
            "slot.waiters.remove(waiter);",
            ""),
        new Mutant(
            "a deadline passes in silence",
            "ConnectionTable.java",
            "pending.fail(waiter, new AcquireTimeoutException(message), effects);",
            ""),
        new Mutant(
            "nobody is told when something becomes idle",
            "ConnectionTable.java",
            "if (pending.isHungry()) {",
            "if (false) {"),
        new Mutant(
            "a pool that closes leaves callers waiting",
            "ConnectionTable.java",
            "pending.failAll(effects, () -> new PoolClosedException("
                + "\"the pool was closed meanwhile\"));",
            ""),
        new Mutant(
            "a connection is closed twice",
            "Roster.java",
            "if (entry.state() == UseWord.DRAINING) {",
            "if (entry.state() != UseWord.READY) {"),
        new Mutant(
            "what drains is not closed with its last share",
            "Roster.java",
            "if (entry.closeIfUnused()) {",
            "if (entry.inUse()) {"),
        new Mutant(
            "a connection is put under anybody's key",
            "CorePool.java",
            "      PeerVerifier.ofKey(pinned.fingerprint()).verify(connection.peerCertificates());\n",
            "",
            "(I11)"),
        new Mutant(
            "a dial takes whoever answers",
            "AddressRace.java",
            "    verifier.verify(chain);\n",
            "",
            "(I11)"),
        new Mutant(
            "the oldest is evicted, whom the policy names or not",
            "GuardedPolicy.java",
            "candidate : policy.victims()) {",
            "candidate : java.util.stream.StreamSupport.stream(policy.victims().spliterator(), false)"
                + ".sorted(java.util.Comparator.comparing(EvictionPolicy.Entry::age)).toList()) {",
            "(I9)"),
        new Mutant(
            "a served miss is counted as a hit too",
            "PendingPeers.java",
            "counters.missesServed++;",
            ""),
        new Mutant(
            "a connection that ends while it is asked for a sign of life is taken for alive",
            "HealthMonitor.java",
            "if (hasEnded(entry)) {",
            "if (false) {",
            "it gave no sign of life"),
        new Mutant(
            "one that gives no sign of life is handed out again",
            "HealthMonitor.java",
            "} else if (alive) {",
            "} else if (alive || left == 1) {",
            "it gave no sign of life"),
        new Mutant(
            "silence gives rise to no doubt",
            "HealthMonitor.java",
            "long left = entry.lastSignNanos + limit - time.nanos();",
            "long left = limit;",
            "dead and still pooled"),
        new Mutant(
            "one in doubt is handed out",
            "Entry.java",
            "      if (!UseWord.admits(seen)) {",
            "      if (!UseWord.admits(seen) && UseWord.state(seen) != UseWord.SUSPECT) {",
            "(I4)"),
        new Mutant(
            "a pool that is closed serves callers",
            "ConnectionTable.java",
            "    if (closing) {",
            "    if (false) {"),
        new Mutant(
            "a pool that closes cuts off what is in use, however long that may take",
            "CorePool.java",
            "drained.isDone() || drainNanos == 0",
            "drainNanos >= 0",
            "closed before its deadline (I3)"),
        new Mutant(
            "who waits is refused before the deadline",
            "Waiter.java",
            "arm(time, timeoutNanos, onDeadline);",
            "arm(time, timeoutNanos / 2, onDeadline);",
            "failed for nothing (I6)"));
  }

  /** Every third one in a build, all of them with {@code -Dmutants=all}. */
  static List<Mutant> simulatedNow() {
    List<Mutant> all = simulated();
    return "all".equals(System.getProperty("mutants"))
        ? all
        : IntStream.range(0, all.size()).filter(i -> i % 3 == 0).mapToObj(all::get).toList();
  }

  @Test
  void whatTheSimulationIsToFindFitsTheSources() throws Exception {
    for (Mutant mutant : simulated()) {
      Forked.changed(mutant.file(), mutant.from(), mutant.to());
    }
  }

  @ParameterizedTest
  @MethodSource("simulatedNow")
  void simulated(Mutant mutant) throws Exception {
    Forked.compile(mutant.file(), mutant.from(), mutant.to(), changed);

    Forked simulation = Killer.simulate(changed, SEEDS);
    assertFound(simulation, "seed");
    assertFound(simulation, mutant.sign());
  }

  @Test
  void withoutAMutantTheSimulationFindsNothing() throws Exception {
    Forked.compileUnchanged(files(simulated().stream()), changed);
    Forked simulation = Killer.simulate(changed, FEW_SEEDS);

    assertEquals(0, simulation.status(), simulation::output);
  }

  static List<Arguments> modelled() {
    return List.of(
        arguments(
            Killer.Model.SHARES,
            new Mutant(
                "a lease is taken without compare-and-set",
                "Entry.java",
                "WORD.compareAndSet(this, seen, seen + UseWord.LEASE + UseWord.USE)",
                "(word = seen + UseWord.LEASE + UseWord.USE) != 0")),
        arguments(
            Killer.Model.SHARES,
            new Mutant(
                "an eviction does not see a lease taken meanwhile",
                "Entry.java",
                "!WORD.compareAndSet(this, seen, UseWord.withState(seen, UseWord.DRAINING))",
                "(word = UseWord.withState(seen, UseWord.DRAINING)) == 0")),
        arguments(
            Killer.Model.RECENT_USES,
            new Mutant(
                "uses are pushed without compare-and-set",
                "RecentUses.java",
                "!top.compareAndSet(seen, entry)",
                "top.getAndSet(entry) == entry")),
        arguments(
            Killer.Model.WAITERS,
            new Mutant(
                "who waits for room says so only after a look for it",
                "PendingPeers.java",
                "hungry = true; // before the caller",
                "// before the caller")),
        arguments(
            Killer.Model.WAITERS,
            new Mutant(
                "what a dial yields after everybody left is pooled",
                "ConnectionTable.java",
                "if (slot.dial != dial) {",
                "if (connection == null && slot.dial != dial) {")),
        arguments(
            Killer.Model.POOL,
            new Mutant(
                "a pool that closes, or invalidates, does not see a lease given back meanwhile",
                "Entry.java",
                "!WORD.compareAndSet(this, seen, UseWord.withState(seen, state))",
                "(word = UseWord.withState(seen, state)) == 0")),
        arguments(
            Killer.Model.POOL,
            new Mutant(
                "a pool that closes takes in what is put",
                "Admission.java",
                "if (table.isClosing()) {\n"
                    + "            return new PutResult(Status.REFUSED_POOL_CLOSED,"
                    + " \"the pool is closed\");\n"
                    + "          }\n"
                    + "          if (!connection.isOpen()) {",
                "if (!connection.isOpen()) {")));
  }

  @ParameterizedTest
  @MethodSource("modelled")
  void whatTheModelCheckerIsToFindFitsTheSources(Killer.Model model, Mutant mutant)
      throws Exception {
    Forked.compile(mutant.file(), mutant.from(), mutant.to(), changed);
  }

  @ParameterizedTest
  @MethodSource
  @EnabledIfSystemProperty(named = "mutants", matches = "all")
  void modelled(Killer.Model model, Mutant mutant) throws Exception {
    Forked.compile(mutant.file(), mutant.from(), mutant.to(), changed);

    assertFound(Killer.check(model, changed, 100), "LincheckAssertionError");
  }

  /** Which of the core's sources are changed in what a model is to find. */
  static Set<String> changedFor(Killer.Model model) {
    return files(
        modelled().stream()
            .map(Arguments::get)
            .filter(each -> each[0] == model)
            .map(each -> (Mutant) each[1]));
  }

  private static Set<String> files(Stream<Mutant> mutants) {
    return mutants.map(Mutant::file).collect(Collectors.toSet());
  }

  private static void assertFound(Forked check, String sign) {
    assertNotEquals(0, check.status(), "not found");
    assertTrue(check.output().contains(sign), check::output);
  }
}
