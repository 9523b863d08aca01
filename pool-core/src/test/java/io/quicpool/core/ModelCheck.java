package io.quicpool.core;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.Arrays;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/**
 * Goes through the interleavings of short programs over a model, random ones and those it is given,
 * and looks whether their results could come about one operation after the other, and whether
 * nobody waits for ever. The exit status is 0 if so.
 */
final class ModelCheck {
  private static final long PATIENCE_MILLIS = 120_000; // the first run waits for classes to load

  /** Methods of collections that call the core back, which is to be looked at. */
  private static final Set<String> CALLING_BACK =
      Set.of("forEach", "forEachRemaining", "removeIf", "computeIfAbsent");

  private ModelCheck() {}

  /**
   * The name of a model's class, how many random programs, how many interleavings of each program,
   * and further programs.
   */
  public static void main(String[] arguments) throws ClassNotFoundException {
    Class<?> model = Class.forName(ModelCheck.class.getPackageName() + "." + arguments[0]);
    ModelCheckingOptions options =
        new ModelCheckingOptions()
            .iterations(Integer.parseInt(arguments[1]))
            .invocationsPerIteration(Integer.parseInt(arguments[2]))
            .invocationTimeout$lincheck(PATIENCE_MILLIS)
            .threads(2)
            .actorsPerThread(2)
            .actorsBefore(1)
            .actorsAfter(1)
            .loopBound(1_000); // a walk over a map of sixteen places is no endless loop
    for (String text : Arrays.asList(arguments).subList(3, arguments.length)) {
      options.addCustomScenario(new Program(model, text).scenario());
      options.minimizeFailedScenario(false); // written by hand, it is short already
    }
    if (arguments.length > 3) {
      options.addGuarantee(
          forClasses(ModelCheck::isOneThreadsAtATime)
              .methods(method -> !CALLING_BACK.contains(method))
              .ignore());
      options.addGuarantee( // before and after the threads
          forClasses(TableModel.class.getName(), BareTable.class.getName())
              .methods("<init>", "outcome", "check")
              .ignore());
    }
    options.check(model);
  }

  /**
   * What the core uses under its lock alone, or that takes a lock of its own for moments. A switch
   * of threads there shows nothing new, and there are so many that the others would not be come to;
   * {@link java.util.IdentityHashMap} breaks the checker, which keeps its marker of null in one.
   */
  private static boolean isOneThreadsAtATime(String type) {
    return type.startsWith("java.util.")
            && !type.startsWith("java.util.concurrent.")
            && !type.startsWith("java.util.function.")
        || type.startsWith("java.time.")
        || type.startsWith("io.quicpool.testkit.ManualTime");
  }
}
