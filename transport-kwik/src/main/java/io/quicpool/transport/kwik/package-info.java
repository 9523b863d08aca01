/**
 * The transport {@code "kwik"}.
 *
 * <p>Comments cite the stack's traps by number (K1, K2, …); docs/stacks.md explains each.
 */
@NullMarked
package io.quicpool.transport.kwik;

import org.jspecify.annotations.NullMarked;
