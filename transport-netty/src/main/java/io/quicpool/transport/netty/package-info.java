/**
 * The netty transport. Numbers such as N1 in comments name the traps of the stack below, told in
 * docs/stacks.md.
 */
@NullMarked
package io.quicpool.transport.netty;

import org.jspecify.annotations.NullMarked;
