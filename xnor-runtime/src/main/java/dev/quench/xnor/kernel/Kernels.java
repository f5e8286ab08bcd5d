// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

/// The choice of the kernel, made once a process by what the JVM and the processor offer: the
/// vector kernel where the module of the Vector API is present, C2 compiles, the JVM tells what a
/// thread allocates and vectors are 256 bits or wider; else plain Java, after one sentence in the
/// log that says how to do better. Never fails. The vector kernel takes over once it is compiled,
/// see [TieredKernel].
///
/// The system property `quench.xnor.kernel` set to `scalar` forces plain Java.
public final class Kernels {
  private static final String MODULE = "jdk.incubator.vector";

  private Kernels() {}

  /// Apart, so that the probe runs on first use.
  private static final class Holder {
    static final Kernel CHOSEN = choose();
  }

  /// The kernel of this process.
  public static Kernel chosen() {
    return Holder.CHOSEN;
  }

  /// The kernel in plain Java, whatever the machine can do.
  public static Kernel scalar() {
    return new ScalarKernel();
  }

  /// The vector kernel alone, compiled or not.
  ///
  /// @throws ReflectiveOperationException if this machine does not suit it
  static Kernel vector() throws ReflectiveOperationException {
    return Class.forName("dev.quench.xnor.kernel.VectorKernel")
        .asSubclass(Kernel.class)
        .getDeclaredConstructor()
        .newInstance();
  }

  private static Kernel choose() {
    if ("scalar".equals(System.getProperty("quench.xnor.kernel"))) {
      return scalar();
    }
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return fallBack("the JVM was started without its module", "add --add-modules " + MODULE);
    }
    if (!compilesWithC2()) {
      return fallBack(
          "this JVM does not compile with C2",
          "run HotSpot with its server compiler (no -Xint, no -XX:TieredStopAtLevel)");
    }
    if (!WarmUp.isPossible()) {
      return fallBack(
          "this JVM does not tell what a thread allocates", "add its module jdk.management");
    }
    try {
      return new TieredKernel(vector(), scalar());
    } catch (ReflectiveOperationException | LinkageError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return fallBack(
          "this machine does not suit it (" + cause.getMessage() + ")",
          "use a processor with AVX2 or AVX-512");
    }
  }

  /// Without C2 each vector would be an object, far slower than plain Java.
  private static boolean compilesWithC2() {
    boolean hotSpot = System.getProperty("java.vm.name", "").contains("Server VM");
    String info = System.getProperty("java.vm.info", "");
    // The latter is what -XX:TieredStopAtLevel=1 leaves.
    return hotSpot && !info.contains("interpreted") && !info.contains("emulated-client");
  }

  private static Kernel fallBack(String reason, String remedy) {
    System.getLogger(Kernels.class.getName())
        .log(
            System.Logger.Level.WARNING,
            "Binary layers run in plain Java, not by the Vector API: {0}; {1}.",
            reason,
            remedy);
    return scalar();
  }
}
