package io.quicpool.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How a run of chaos ended.
 *
 * @param sent messages
 * @param delivered messages that came back whole
 * @param failed messages that ended with an error at their sender
 * @param goneWithSender messages whose sender was killed while it waited
 * @param longestFailure how long the longest failed call took
 * @param failures how many of each kind
 * @param recoveries how each fault was recovered from
 * @param unexplained what is neither delivered nor failed, typed and in time
 */
record ChaosResult(
    long sent,
    long delivered,
    long failed,
    long goneWithSender,
    Duration longestFailure,
    Map<String, Long> failures,
    List<ChaosLog.Recovery> recoveries,
    List<String> unexplained) {

  private static final int SHOWN = 10;

  /** Whether every undelivered message is explained and every fault was recovered from in time. */
  boolean isGood() {
    return unexplained.isEmpty()
        && delivered > 0
        && sent == delivered + failed + goneWithSender
        && recoveries.stream().allMatch(ChaosResult::isInTime);
  }

  private static boolean isInTime(ChaosLog.Recovery recovery) {
    return recovery.complete() && recovery.took().compareTo(Chaos.RECOVERY) <= 0;
  }

  String text() {
    Table faults = new Table(1, "fault", "times", "longest time to recovery");
    for (Chaos.Fault fault : Chaos.Fault.values()) {
      List<ChaosLog.Recovery> of =
          recoveries.stream().filter(recovery -> recovery.fault() == fault).toList();
      faults.row(
          fault.words(),
          Integer.toString(of.size()),
          of.stream()
              .map(ChaosLog.Recovery::took)
              .max(Duration::compareTo)
              .map(longest -> longest.toMillis() + " ms")
              .orElse("-"));
    }
    Table messages = new Table(1, "messages", "count");
    messages.row("sent", Long.toString(sent));
    messages.row("delivered", Long.toString(delivered));
    messages.row("failed", Long.toString(failed));
    failures.forEach((kind, count) -> messages.row("  " + kind, Long.toString(count)));
    messages.row("gone with a killed sender", Long.toString(goneWithSender));
    messages.row("unexplained", Long.toString(unexplained.size()));
    StringBuilder text = new StringBuilder(faults.render()).append('\n').append(messages.render());
    text.append("\nThe longest failed call took ").append(longestFailure.toMillis());
    text.append(" ms; its deadlines allow ").append(ChaosLog.LONGEST.toMillis()).append(" ms.\n");
    unexplained.stream()
        .limit(SHOWN)
        .forEach(one -> text.append("unexplained: ").append(one).append('\n'));
    return text.toString();
  }

  void writeJson(OutputStream target) throws IOException {
    try (JsonGenerator json = new JsonFactory().createGenerator(target)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeNumberField("sent", sent);
      json.writeNumberField("delivered", delivered);
      json.writeNumberField("failed", failed);
      json.writeNumberField("goneWithSender", goneWithSender);
      json.writeNumberField("unexplained", unexplained.size());
      json.writeNumberField("longestFailureMillis", longestFailure.toMillis());
      json.writeObjectFieldStart("failures");
      for (Map.Entry<String, Long> kind : failures.entrySet()) {
        json.writeNumberField(kind.getKey(), kind.getValue());
      }
      json.writeEndObject();
      json.writeArrayFieldStart("faults");
      for (ChaosLog.Recovery recovery : recoveries) {
        json.writeStartObject();
        json.writeStringField("fault", recovery.fault().words());
        json.writeNumberField("peer", recovery.peer());
        json.writeNumberField("recoveryMillis", recovery.took().toMillis());
        json.writeBooleanField("recovered", recovery.complete());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeBooleanField("good", isGood());
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }
}
