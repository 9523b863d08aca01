package io.quicpool;

/**
 * A text does not name an endpoint: the message states the rule that it breaks and the text itself
 * (shortened and with control characters escaped).
 */
public final class InvalidEndpointException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 80;

  private final String rule;

  InvalidEndpointException(String rule, String text) {
    super(rule + ", was " + shown(text));
    this.rule = rule;
  }

  /**
   * The rule that the text breaks, such as {@code "port must be a decimal number from 1 to 65535"}.
   */
  public String rule() {
    return rule;
  }

  private static String shown(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints()
        .limit(SHOWN)
        .forEach(
            c -> {
              if (c < 0x20 || c > 0x7e) {
                out.append(String.format("\\u%04x", c));
              } else {
                out.appendCodePoint(c);
              }
            });
    out.append('"');
    if (text.length() > SHOWN) {
      out.append("… (").append(text.length()).append(" characters)");
    }
    return out.toString();
  }
}
