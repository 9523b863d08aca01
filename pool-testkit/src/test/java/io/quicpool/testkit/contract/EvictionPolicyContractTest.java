package io.quicpool.testkit.contract;

import io.quicpool.spi.EvictionPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sound policy passes the contract, and each flaw is seen by the test that is there for it. */
class EvictionPolicyContractTest {

  enum Flaw {
    NONE(""),
    SHOUTS("theNameIsLowerCaseAndTheSameForEveryInstance"),
    FORGETS("everyEntryThatWasAddedIsNamedOnce"),
    FORGETS_SOMETIMES("anyOrderOfCallsKeepsExactlyThoseThatAreInThePool"),
    REPEATS("everyEntryThatWasAddedIsNamedOnce"),
    KEEPS_WHAT_WAS_REMOVED("anEntryThatWasRemovedIsNotNamed"),
    KEEPS_A_VICTIM("removingTheVictimJustNamedIsFine"),
    DROPS_WHAT_IS_USED("usesChangeNobodysPresence"),
    DROPS_WHAT_IT_NAMES("lookingAtVictimsChangesNothing"),
    SHARES_EVERYTHING("instancesShareNothing"),
    NAMES_SOMEBODY("anEmptyPolicyNamesNobody"),
    SORTS_EVERY_TIME("anEvictionCostsTheSameHoweverManyEntriesThereAre");

    private final String seenBy;

    Flaw(String seenBy) {
      this.seenBy = seenBy;
    }
  }

  private static volatile Flaw flaw = Flaw.NONE;

  @AfterEach
  void repair() {
    flaw = Flaw.NONE;
  }

  static class Subject extends EvictionPolicyContract {
    @Override
    protected EvictionPolicy newPolicy() {
      return new FlawedPolicy(flaw);
    }
  }

  @Test
  void aSoundPolicyPasses() {
    for (Flaw any : Flaw.values()) {
      if (any != Flaw.NONE) {
        ContractRun.mustPass(Subject.class, any.seenBy);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void eachFlawIsSeen(Flaw one) {
    flaw = one;
    ContractRun.mustFail(Subject.class, one.seenBy);
  }

  private static final class FlawedPolicy implements EvictionPolicy {
    private static final Set<Entry> SHARED = new LinkedHashSet<>();

    private final Flaw flaw;
    private final Set<Entry> entries;
    private int added;

    private FlawedPolicy(Flaw flaw) {
      this.flaw = flaw;
      this.entries = flaw == Flaw.SHARES_EVERYTHING ? SHARED : new LinkedHashSet<>();
    }

    @Override
    public String name() {
      return flaw == Flaw.SHOUTS ? "LRU" : "lru";
    }

    @Override
    public void added(Entry entry) {
      added++;
      if (!(flaw == Flaw.FORGETS && added % 10 == 0)) {
        entries.add(entry);
      }
    }

    @Override
    public void used(Entry entry, long count) {
      if (entries.remove(entry) && flaw != Flaw.DROPS_WHAT_IS_USED) {
        if (!(flaw == Flaw.FORGETS_SOMETIMES && count == 3 && entries.size() == 5)) {
          entries.add(entry);
        }
      }
    }

    @Override
    public void removed(Entry entry) {
      boolean first = !entries.isEmpty() && entries.iterator().next() == entry;
      if (flaw != Flaw.KEEPS_WHAT_WAS_REMOVED && !(flaw == Flaw.KEEPS_A_VICTIM && first)) {
        entries.remove(entry);
      }
    }

    @Override
    public Iterable<? extends Entry> victims() {
      switch (flaw) {
        case REPEATS -> {
          List<Entry> twice = new ArrayList<>(entries);
          twice.addAll(entries);
          return twice;
        }
        case NAMES_SOMEBODY -> {
          return entries.isEmpty() ? List.of(new TestEntry("nobody")) : entries;
        }
        case DROPS_WHAT_IT_NAMES -> {
          List<Entry> named = List.copyOf(entries);
          entries.clear();
          return named;
        }
        case SORTS_EVERY_TIME -> {
          List<Entry> sorted = new ArrayList<>(entries);
          Collections.shuffle(sorted);
          return sorted;
        }
        default -> {
          return entries;
        }
      }
    }
  }
}
