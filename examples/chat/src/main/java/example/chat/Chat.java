package example.chat;

import io.quicpool.ConnectionView;
import io.quicpool.Fingerprint;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A chat between peers that know one another by key: each listens, dials whom it writes to, and
 * answers over the connection that the other one dialled.
 *
 * <pre>
 * Chat LISTEN CERTIFICATE KEY [NAME=FINGERPRINT@HOST:PORT]...
 * </pre>
 *
 * <p>A line {@code NAME text} goes to that friend. Strangers may connect and are not listened to;
 * {@code NAME=FINGERPRINT@HOST:PORT} makes one a friend.
 */
public final class Chat implements AutoCloseable {
  private static final Pattern FRIEND = Pattern.compile("([^ =]+)=(\\p{XDigit}{64})@(\\S+)");
  private static final Pattern MESSAGE = Pattern.compile("([^ =]+) (.*)");
  private static final Pattern UNSEEN = Pattern.compile("\\p{C}"); // new lines, colours, and so on
  private static final int LONGEST = 64 * 1024;

  private final Map<Fingerprint, String> names = new ConcurrentHashMap<>();
  private final Map<String, Peer> friends = new ConcurrentHashMap<>();
  private final QuicPool pool;

  Chat(String listen, Path certificate, Path key) throws IOException {
    pool =
        QuicPool.builder()
            .name("chat")
            .alpn("example-chat/1")
            .tls(Tls.pinning().withIdentity(certificate, key))
            .listen(listen)
            .demandCertificates(true)
            .onStream(this::receive)
            .open();
  }

  /** Somebody whose key is known, and where they were last. */
  void befriend(String name, Fingerprint key, String address) {
    names.values().removeIf(name::equals); // an old key is nobody's any more
    names.put(key, name);
    friends.put(name, Peer.pinned(key, address));
  }

  int port() {
    return pool.listenAddress().orElseThrow().getPort();
  }

  /** Returns when the friend has read it. */
  void send(String name, String text) throws IOException {
    Peer friend = friends.get(name);
    if (friend == null) {
      throw new IllegalArgumentException("there is no friend " + name);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST) {
      throw new IllegalArgumentException("a message must be at most 64 KiB, was " + bytes.length);
    }
    try (QuicStream stream = pool.openStream(friend)) {
      stream.output().write(bytes);
      stream.output().close();
      stream.input().read(); // the end, once it was shown
    }
  }

  private void receive(QuicStream stream, ConnectionView from) throws IOException {
    try (stream) {
      String name =
          from.peer() instanceof Peer.Pinned pinned ? names.get(pinned.fingerprint()) : null;
      if (name == null) {
        return; // a stranger: the stream is cut
      }
      byte[] bytes = stream.input().readNBytes(LONGEST + 1);
      if (bytes.length > LONGEST) {
        return; // cut, too
      }
      String text = new String(bytes, StandardCharsets.UTF_8);
      System.out.println(name + ": " + UNSEEN.matcher(text).replaceAll(" "));
      stream.output().close();
    }
  }

  @Override
  public void close() {
    pool.close();
  }

  public static void main(String[] arguments) throws IOException, CertificateException {
    Path certificate = Path.of(arguments[1]);
    try (Chat chat = new Chat(arguments[0], certificate, Path.of(arguments[2]))) {
      for (String friend : Arrays.asList(arguments).subList(3, arguments.length)) {
        chat.obey(friend);
      }
      System.out.println("I am " + keyOf(certificate) + " at port " + chat.port());
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        try {
          chat.obey(line);
        } catch (PoolException | IllegalArgumentException e) {
          System.out.println("not done: " + e.getMessage());
        }
      }
    }
  }

  /** A friend, or a message to one. */
  private void obey(String line) throws IOException {
    Matcher friend = FRIEND.matcher(line);
    Matcher message = MESSAGE.matcher(line);
    if (friend.matches()) {
      befriend(friend.group(1), Fingerprint.of(friend.group(2)), friend.group(3));
      System.out.println(friend.group(1) + " is a friend");
    } else if (message.matches()) {
      send(message.group(1), message.group(2));
    } else {
      throw new IllegalArgumentException("a line must be NAME text, or NAME=KEY@HOST:PORT");
    }
  }

  private static Fingerprint keyOf(Path certificate) throws IOException, CertificateException {
    try (InputStream pem = Files.newInputStream(certificate)) {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      return Fingerprint.of((X509Certificate) factory.generateCertificate(pem));
    }
  }
}
