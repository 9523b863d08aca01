package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ArgumentsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                      | a command must be given: demo, serve, bench, chaos, soak, simulate-eviction, providers
          nonsense                                | nonsense
          --nonsense                              | --nonsense
          demo --rtt 50                           | must be a whole number with the unit ms or s, as in 50ms, was "50"
          demo --rtt -1ms                         | was "-1ms"
          demo --rtt 5m                           | was "5m"
          demo --rtt 11s                          | --rtt must be at most 10000ms, was 11000ms
          demo --rtt 999999999999s                | was "999999999999s"
          demo --peers 0                          | --peers must be at least 1 and at most 100, was 0
          demo --peers 101                        | --peers must be at least 1 and at most 100, was 101
          demo --peers x                          | must be a whole number, was "x"
          demo --peers 99999999999                | must be a whole number, was "99999999999"
          demo --messages 0                       | --messages must be at least 1 and at most 1000000, was 0
          demo --messages                         | --messages
          demo --messages 1 --messages 2          | --messages
          demo --transport carrier-pigeon         | --transport must be one of those found, kwik, netty; was "carrier-pigeon"
          demo extra                              | extra
          demo --json /no/such/folder/x.json      | --json must be a file that can be written, was /no/such/folder/x.json (its folder does not exist)
          demo --json /                           | --json must be a file that can be written, was /
          serve                                   | --listen
          serve --listen nohost                   | an endpoint must be host:port, the port is missing, was "nohost"
          serve --listen :4433                    | the host must not be empty, was ":4433"
          serve --listen :0                       | --listen: port must be a decimal number from 1 to 65535, was ":0"
          serve --listen localhost:0              | port must be a decimal number from 1 to 65535, was "localhost:0"
          serve --listen localhost:99999          | port must be a decimal number from 1 to 65535
          serve --listen localhost:+443           | port must be a decimal number from 1 to 65535
          serve --listen ::1:4433                 | an IPv6 address must stand in brackets
          serve --listen localhost:1 --alpn 'a b' | alpn must be 1 to 255 printable ASCII characters, was "a b"
          serve --listen localhost:1 --cert x.pem | --cert and --key
          serve --listen localhost:1 --key x.pem  | --cert and --key
          serve --listen localhost:1 --cert /no/c --key /no/k | /no/k
          serve --listen localhost:1 --transport x| was "x"
          bench                                   | HOST:PORT
          bench nohost                            | HOST:PORT: an endpoint must be host:port
          bench localhost:1 --connections 0       | --connections must be at least 1 and at most 1000, was 0
          bench localhost:1 --messages -5         | --messages must be at least 1 and at most 10000000, was -5
          bench localhost:1 --size -1             | --size must be at least 0 and at most 16777216, was -1
          bench localhost:1 --size 16777217       | --size must be at least 0 and at most 16777216, was 16777217
          bench localhost:1 --pin abc             | --pin: a fingerprint must be 64 hexadecimal digits, was "abc" (3 characters)
          bench localhost:1 --ca /no/such.pem     | /no/such.pem
          bench localhost:1 --ca x --insecure     | mutually exclusive
          bench localhost:1 --transport nope      | was "nope"
          chaos --peers 1                         | --peers must be at least 2 and at most 20, was 1
          chaos --duration 25h                    | was "25h"
          chaos --duration 90000s                 | --duration must be at most 86400000ms, was 90000000ms
          chaos --transport nope                  | was "nope"
          chaos --seed x                          | x
          soak --peers 101                        | --peers must be at least 2 and at most 100, was 101
          soak --transport nope                   | was "nope"
          simulate-eviction                       | WORKLOAD
          simulate-eviction nofile                | WORKLOAD must be zipf:…, loop:…, scan:… or the name of a file, there is no nofile
          simulate-eviction loop:0,10             | must
          simulate-eviction loop:5,10 --cap 0     | --cap must be at least 1 and at most 10000000, was 0
          simulate-eviction loop:5,10 --policy no | --policy must be one of those found, lru; was "no"
          simulate-eviction loop:5,10 --module-path /no/such | --module-path must be a folder, was /no/such
          providers extra                         | extra
          """)
  void aBadArgumentIsOneLineThatTellsRuleAndValueAndCodeTwo(String line, String expected) {
    List<String> args =
        line.isEmpty()
            ? List.of()
            : List.of(line.replace("'a b'", "a\u0000b").split(" +")).stream()
                .map(arg -> arg.replace('\u0000', ' '))
                .toList();
    CommandRun run = CommandRun.of(args.toArray(new String[0]));
    assertAll(
        () -> assertEquals(2, run.exitCode(), run::err),
        () -> assertTrue(run.err().contains(expected), run::err),
        () -> assertTrue(run.err().startsWith("quicpool"), run::err),
        () -> assertEquals(1, run.err().lines().count(), run::err),
        () -> assertEquals("", run.out()));
  }

  @Test
  void hostileTextsStayOneShortLine() {
    for (String text :
        List.of("a\nb:1", "h\u0000:1", "x".repeat(10_000), "\u00fcber.example:1", " ")) {
      CommandRun run = CommandRun.of("bench", text);
      assertEquals(2, run.exitCode());
      assertEquals(1, run.err().lines().count(), run::err);
      assertTrue(run.err().length() < 800 && run.err().indexOf(0) < 0, run::err);
    }
  }

  @Test
  void aGarbledCertificateIsABadArgument(@TempDir Path folder) throws Exception {
    Path garbled = Files.writeString(folder.resolve("garbled.pem"), "no certificate");
    CommandRun bench = CommandRun.of("bench", "localhost:1", "--ca", garbled.toString());
    assertEquals(2, bench.exitCode());
    assertTrue(bench.err().contains("must hold at least one PEM block CERTIFICATE"), bench::err);
    assertEquals(1, bench.err().lines().count());
    CommandRun serve =
        CommandRun.of(
            "serve",
            "--listen",
            "localhost:1",
            "--cert",
            garbled.toString(),
            "--key",
            garbled.toString());
    assertEquals(2, serve.exitCode());
    assertTrue(serve.err().contains("PRIVATE KEY"), serve::err);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "demo --help", "serve --help", "bench -h", "providers --help"})
  void helpNamesTheExitCodes(String line) {
    CommandRun run = CommandRun.of(line.split(" "));
    assertEquals(0, run.exitCode());
    assertTrue(run.out().contains("Exit codes:"), run::out);
    assertTrue(run.out().contains("--verbose"), run::out);
    assertEquals("", run.err());
  }

  @Test
  void versionIsTold() {
    CommandRun run = CommandRun.of("--version");
    assertEquals(0, run.exitCode());
    assertTrue(run.out().startsWith("quicpool 0."), run::out);
  }

  @Test
  void stackTracesAreShownOnlyWhenAsked() {
    String[] args = {"bench", "127.0.0.1:9", "--insecure", "--alpn", "x", "--messages", "1"};
    CommandRun run = CommandRun.of(args);
    assertEquals(1, run.exitCode());
    assertFalse(run.err().contains("\tat "), run::err);
    assertEquals(2, run.err().lines().count(), run::err); // the warning of --insecure, the failure
  }
}
