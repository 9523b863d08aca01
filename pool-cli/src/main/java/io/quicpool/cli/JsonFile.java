package io.quicpool.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that is opened before the work, so that a long run is not lost to a wrong name, and keeps
 * its former content until the work is done.
 */
final class JsonFile implements AutoCloseable {

  /** Writes the content. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream target) throws IOException;
  }

  private final Path path;
  private final boolean created;
  private final FileChannel channel;
  private boolean written;

  private JsonFile(Path path, boolean created, FileChannel channel) {
    this.path = path;
    this.created = created;
    this.channel = channel;
  }

  static JsonFile open(Path path) throws IOException {
    boolean created = !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    return new JsonFile(path, created, channel);
  }

  void write(Content content) throws IOException {
    if (Files.isRegularFile(path)) { // a pipe has no length to set
      channel.truncate(0);
    }
    OutputStream target = Channels.newOutputStream(channel);
    content.writeTo(target);
    target.flush();
    written = true;
  }

  /** Leaves no empty file behind if nothing was written. */
  @Override
  public void close() throws IOException {
    channel.close();
    if (created && !written) {
      Files.deleteIfExists(path);
    }
  }
}
