/** What the pool itself costs, without a network. */
@NullMarked
package io.quicpool.benchmarks.core;

import org.jspecify.annotations.NullMarked;
