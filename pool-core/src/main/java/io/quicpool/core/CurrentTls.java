package io.quicpool.core;

import io.quicpool.spi.TlsMaterial;

/** The TLS settings in force, which may be reloaded. Thread-safe. */
final class CurrentTls {
  private volatile TlsMaterial material;

  CurrentTls(TlsMaterial material) {
    this.material = material;
  }

  TlsMaterial get() {
    return material;
  }

  void set(TlsMaterial fresh) {
    material = fresh;
  }
}
