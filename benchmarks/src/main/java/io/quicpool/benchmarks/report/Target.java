package io.quicpool.benchmarks.report;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/**
 * A figure and the bound it is held to.
 *
 * @param what what was measured
 * @param measured the figure
 * @param relation {@code <=} or {@code >=}
 * @param limit the bound
 * @param held whether the figure is within it
 */
public record Target(String what, double measured, String relation, double limit, boolean held) {

  String text() {
    return (held ? "held    " : "MISSED  ")
        + what
        + ": "
        + Table.number(measured)
        + " "
        + relation
        + " "
        + Table.number(limit);
  }

  void writeJson(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("what", what);
    json.writeNumberField("measured", measured);
    json.writeStringField("relation", relation);
    json.writeNumberField("limit", limit);
    json.writeBooleanField("held", held);
    json.writeEndObject();
  }
}
