package io.quicpool.cli;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** The version of this build, as its module descriptor tells. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {
      "quicpool " + current(),
      "Java " + Runtime.version() + ", " + System.getProperty("java.vm.vendor", "unknown vendor")
    };
  }

  static String current() {
    return of(Version.class);
  }

  /** The version of the module, or of the jar, that a class is in. */
  static String of(Class<?> type) {
    return Optional.ofNullable(type.getModule().getDescriptor())
        .flatMap(ModuleDescriptor::rawVersion)
        .or(() -> Optional.ofNullable(type.getPackage().getImplementationVersion()))
        .orElse("unknown");
  }
}
