// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import dev.quench.xnor.kernel.compile.WarmUp;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Chooses the kernel once per process. The vector kernel needs the module of the Vector API, the
/// C2 compiler, a JVM that reports the bytes a thread has allocated, and vectors of 256 bits or
/// more. Otherwise it chooses plain Java. Never fails. The vector kernel takes over once it is
/// compiled, see [TieredKernel].
///
/// The system property `quench.xnor.kernel` set to `scalar` forces plain Java.
public final class Kernels {
  private static final String MODULE = "jdk.incubator.vector";
  private static final AtomicBoolean LOGGED = new AtomicBoolean();

  private Kernels() {}

  /// @param shortfall why it is not the vector kernel, and the remedy; empty where it is, or where
  ///   plain Java was asked for
  private record Choice(Kernel kernel, Optional<String> shortfall) {}

  /// A separate class, so that the probe runs on first use.
  private static final class Holder {
    static final Choice CHOSEN = choose();
  }

  /// The kernel that this process uses.
  public static Kernel chosen() {
    return Holder.CHOSEN.kernel();
  }

  /// Whether that is the vector kernel.
  public static boolean onVectors() {
    return Holder.CHOSEN.kernel() instanceof TieredKernel;
  }

  /// Logs, once per process, why layers run in plain Java and the remedy; for whoever is about to
  /// run some. Logs nothing where they run on vectors or plain Java was asked for.
  public static void logShortfall() {
    Holder.CHOSEN
        .shortfall()
        .filter(text -> LOGGED.compareAndSet(false, true))
        .ifPresent(text ->
            System.getLogger(Kernels.class.getName()).log(System.Logger.Level.WARNING, text));
  }

  /// The plain Java kernel, which every machine can run.
  public static Kernel scalar() {
    return new ScalarKernel();
  }

  /// The vector kernel without its plain Java stand-in, compiled or not.
  ///
  /// @throws ReflectiveOperationException if this machine cannot run it
  static Kernel vector() throws ReflectiveOperationException {
    return Class.forName("dev.quench.xnor.kernel.VectorKernel")
        .asSubclass(Kernel.class)
        .getDeclaredConstructor()
        .newInstance();
  }

  private static Choice choose() {
    if ("scalar".equals(System.getProperty("quench.xnor.kernel"))) {
      return new Choice(scalar(), Optional.empty());
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
          "this JVM does not report the bytes a thread has allocated",
          "add its module jdk.management");
    }
    try {
      return new Choice(new TieredKernel(vector(), scalar()), Optional.empty());
    } catch (ReflectiveOperationException | LinkageError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return fallBack(
          "this machine cannot run it (" + cause.getMessage() + ")",
          "use a processor with AVX2 or AVX-512");
    }
  }

  /// Without C2 each vector is a heap object, far slower than plain Java.
  private static boolean compilesWithC2() {
    boolean hotSpot = System.getProperty("java.vm.name", "").contains("Server VM");
    String info = System.getProperty("java.vm.info", "");
    // The latter is what -XX:TieredStopAtLevel=1 leaves.
    return hotSpot && !info.contains("interpreted") && !info.contains("emulated-client");
  }

  private static Choice fallBack(String reason, String remedy) {
    return new Choice(
        scalar(),
        Optional.of(
            "Layers run in plain Java, not on the Vector API: %s; %s.".formatted(reason, remedy)));
  }
}
