package io.quicpool.cli;

/** Told how far a long piece of work is. */
interface Progress {

  /** One step of the work was done. */
  void step();

  /** What the next steps are about, in a word or two. */
  void phase(String name);

  /** Shows nothing: for pipes, files and tests. */
  Progress SILENT =
      new Progress() {
        @Override
        public void step() {}

        @Override
        public void phase(String name) {}
      };
}
