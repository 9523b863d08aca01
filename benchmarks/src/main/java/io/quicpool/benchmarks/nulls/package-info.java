/** A transport that costs nothing, so that what is measured over it is the pool. */
@NullMarked
package io.quicpool.benchmarks.nulls;

import org.jspecify.annotations.NullMarked;
