// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Takes back the standard error that the launcher keeps aside while Java starts, which says of
/// itself what no user can act on.
final class StandardErrorTakeover {
  /// The property that holds the descriptor.
  private static final String KEPT = "quench.stderr";

  private static final int STANDARD_ERROR = 2;

  private StandardErrorTakeover() {}

  /// Does nothing where no launcher has kept one. If it fails, the launcher's filter stays in
  /// between and passes on all lines.
  static void run() {
    Integer kept = Integer.getInteger(KEPT);
    if (kept != null) {
      duplicate(kept);
    }
  }

  /// Native code writes to the descriptor, so [System#setErr] would not do.
  @SuppressWarnings("restricted") // the launcher enables native access
  private static void duplicate(int descriptor) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> dup2 = linker.defaultLookup().find("dup2");
    if (dup2.isEmpty()) {
      return;
    }
    MethodHandle handle =
        linker.downcallHandle(
            dup2.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      int _ = (int) handle.invokeExact(descriptor, STANDARD_ERROR);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call dup2", e);
    }
  }
}
