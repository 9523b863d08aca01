package io.quicpool.core;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;

/**
 * A program for the model checker, written as {@code before -> one thread | another -> after}, each
 * of them operations of a model such as {@code ask 1, close}. What comes before must not dial: the
 * checker (Lincheck 3.7) would end its search after the first interleaving, and say that all is
 * well.
 */
record Program(Class<?> model, String text) {
  ExecutionScenario scenario() {
    String[] parts = text.split("->", -1);
    List<List<Actor>> threads = new ArrayList<>();
    for (String thread : parts[1].split("\\|")) {
      threads.add(operations(thread));
    }
    return new ExecutionScenario(operations(parts[0]), threads, operations(parts[2]), null);
  }

  private List<Actor> operations(String part) {
    return Arrays.stream(part.split(","))
        .map(String::trim)
        .filter(operation -> !operation.isEmpty())
        .map(this::operation)
        .toList();
  }

  private Actor operation(String words) {
    String[] word = words.split(" ");
    Method method =
        Arrays.stream(model.getMethods())
            .filter(each -> each.getName().equals(word[0]))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(model + " has no " + word[0]));
    List<Object> arguments = new ArrayList<>();
    for (int i = 1; i < word.length; i++) {
      arguments.add(Integer.valueOf(word[i]));
    }
    return new Actor(method, arguments);
  }
}
