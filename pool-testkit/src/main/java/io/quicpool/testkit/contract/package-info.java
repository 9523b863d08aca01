/**
 * What every provider promises, as abstract JUnit classes that it can run against itself: {@link
 * io.quicpool.testkit.contract.QuicTransportContract} and {@link
 * io.quicpool.testkit.contract.EvictionPolicyContract}.
 */
package io.quicpool.testkit.contract;
