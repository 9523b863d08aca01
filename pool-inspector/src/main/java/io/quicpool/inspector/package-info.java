/** A page that shows what a pool does: {@link io.quicpool.inspector.Inspector}. */
@NullMarked
package io.quicpool.inspector;

import org.jspecify.annotations.NullMarked;
