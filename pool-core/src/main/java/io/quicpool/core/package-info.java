/**
 * The core of the pool. {@link io.quicpool.core.ConnectionTable} owns the concurrency and tells
 * what protects what; start reading there.
 */
package io.quicpool.core;
