package io.quicpool.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A file that is opened before the work, so that a long run is not lost to a wrong name, and keeps
 * its former content until the work is done.
 */
final class ResultFile implements AutoCloseable {

  /** Writes the content. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream target) throws IOException;
  }

  private final Optional<Target> target;
  private boolean written;

  private record Target(Path path, boolean created, FileChannel channel) {}

  private ResultFile(Optional<Target> target) {
    this.target = target;
  }

  /** Where nobody asked for one: nothing is written. */
  static ResultFile none() {
    return new ResultFile(Optional.empty());
  }

  static ResultFile open(Path path) throws IOException {
    boolean created = !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    return new ResultFile(Optional.of(new Target(path, created, channel)));
  }

  void write(Content content) throws IOException {
    if (target.isEmpty()) {
      return;
    }
    if (Files.isRegularFile(target.get().path())) { // a pipe has no length to set
      target.get().channel().truncate(0);
    }
    OutputStream stream = Channels.newOutputStream(target.get().channel());
    content.writeTo(stream);
    stream.flush();
    written = true;
  }

  /** Leaves no empty file behind if nothing was written. */
  @Override
  public void close() throws IOException {
    if (target.isEmpty()) {
      return;
    }
    target.get().channel().close();
    if (target.get().created() && !written) {
      Files.deleteIfExists(target.get().path());
    }
  }
}
