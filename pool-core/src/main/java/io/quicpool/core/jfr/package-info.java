/** What a pool writes into recordings of JDK Flight Recorder: docs/watching.md. */
@NullMarked
package io.quicpool.core.jfr;

import org.jspecify.annotations.NullMarked;
