package io.quicpool.transport.netty;

import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.function.BooleanSupplier;

/** Goes on reading as another handle does, and only while that is permitted. */
class PermittedReads extends RecvByteBufAllocator.DelegatingHandle
    implements RecvByteBufAllocator.ExtendedHandle {
  private final RecvByteBufAllocator.ExtendedHandle handle;
  private final BooleanSupplier permitted;

  PermittedReads(RecvByteBufAllocator.ExtendedHandle handle, BooleanSupplier permitted) {
    super(handle);
    this.handle = handle;
    this.permitted = permitted;
  }

  @Override
  public boolean continueReading() {
    return permitted.getAsBoolean() && handle.continueReading();
  }

  @Override
  public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
    return permitted.getAsBoolean() && handle.continueReading(maybeMoreData);
  }
}
