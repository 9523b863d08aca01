/** How a table is made known: on a terminal, as JSON, and beside the targets it is held to. */
@NullMarked
package io.quicpool.benchmarks.report;

import org.jspecify.annotations.NullMarked;
