// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

import dev.quench.xnor.kernel.Kernels;

/// Chooses the kernel of layers of words and codes once per process: on vectors where binary layers
/// run on vectors too, see [Kernels], else in plain Java.
final class LookupKernels {
  private LookupKernels() {}

  private static final class Holder {
    static final LookupKernel CHOSEN = choose();
  }

  static LookupKernel chosen() {
    return Holder.CHOSEN;
  }

  private static LookupKernel choose() {
    if (Kernels.onVectors()) {
      try {
        return new TieredLookup(vector(), new ScalarLookup());
      } catch (ReflectiveOperationException | LinkageError e) {
        System.getLogger(LookupKernels.class.getName())
            .log(System.Logger.Level.WARNING, "Layers of words and codes run in plain Java", e);
      }
    }
    return new ScalarLookup();
  }

  /// The vector kernel without its plain Java stand-in, compiled or not.
  ///
  /// @throws ReflectiveOperationException if this machine cannot run it
  static LookupKernel vector() throws ReflectiveOperationException {
    return Class.forName("dev.quench.xnor.kernel.lookup.VectorLookup")
        .asSubclass(LookupKernel.class)
        .getDeclaredConstructor()
        .newInstance();
  }
}
