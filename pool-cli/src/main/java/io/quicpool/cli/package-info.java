/** The {@code quicpool} command. Not an API: call it as a command. */
package io.quicpool.cli;
