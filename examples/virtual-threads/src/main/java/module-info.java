/** Ten thousand callers on virtual threads: JDK 21 and newer. */
module example.threads {
  requires io.quicpool.api;
}
