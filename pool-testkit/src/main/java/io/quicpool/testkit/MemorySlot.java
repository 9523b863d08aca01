package io.quicpool.testkit;

/**
 * One stream of both sides and the credit that it uses up: the side that did not open it gives the
 * credit back when it has sent and taken everything (RFC 9000, section 4.6). Guarded by the link's
 * lock.
 */
final class MemorySlot implements MemoryPipe.Events {
  private final InMemoryConnection opener;
  private final InMemoryConnection acceptor;
  private final long id;
  private final MemoryLink link;
  private final MemoryPipe there;
  private final MemoryPipe back;
  private final MemoryStream opened;
  private boolean announced;
  private boolean released;

  MemorySlot(
      long id,
      MemoryLink link,
      InMemoryConnection opener,
      InMemoryConnection acceptor,
      boolean echo) {
    this.id = id;
    this.link = link;
    this.opener = opener;
    this.acceptor = acceptor;
    this.there = (echo ? opener : acceptor).newPipe(id, link, this);
    this.back = echo ? there : opener.newPipe(id, link, this);
    this.announced = echo; // an echo is the pipe itself: nobody accepts it
    this.opened = new MemoryStream(id, opener.config().streamTimeout(), opener, link, back, there);
  }

  MemoryStream opened() {
    return opened;
  }

  /** With the opener's first sign the peer learns of the stream, before what comes next. */
  @Override
  public void announce() {
    if (!announced) {
      announced = true;
      link.carry(
          () -> {
            MemoryStream stream =
                new MemoryStream(
                    id, acceptor.config().streamTimeout(), acceptor, link, there, back);
            acceptor.streams().accept(stream);
          });
    }
  }

  /** The opener does not want it after all, before the peer learnt of it. */
  void giveUp() {
    if (!released) {
      released = true;
      opener.streams().forget(opened);
      opener.streams().creditBack();
    }
  }

  @Override
  public void changed() {
    if (!released && there.isReceiverDone() && back.isSenderDone()) {
      released = true;
      link.carry(opener.streams()::creditBack);
    }
  }
}
