/** The {@code benchmarks/run} command: one subcommand for each table of docs/performance.md. */
@NullMarked
package io.quicpool.benchmarks;

import org.jspecify.annotations.NullMarked;
