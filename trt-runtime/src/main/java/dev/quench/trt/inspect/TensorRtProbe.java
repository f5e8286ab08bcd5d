// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

import dev.quench.io.NativeLibraries;
import dev.quench.run.Availability;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.internal.CudaDevice;
import dev.quench.trt.internal.CudaDriver;
import dev.quench.trt.internal.DriverState;
import dev.quench.trt.internal.Environment;
import dev.quench.trt.internal.build.BuilderResources;
import dev.quench.trt.internal.build.RequiredLibrary;
import dev.quench.trt.internal.build.TensorRtBindings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Checks, once per JVM, whether TensorRT can be used here.
///
/// It queries the driver first, then looks for each library, and loads the bindings only if all are
/// present. So a machine without GPU, driver or library gets an answer instead of a crash.
/// Thread-safe; never throws.
public final class TensorRtProbe {
  // CUDA 13 needs a driver for it; TensorRT 10.15 serves GPUs from Turing on.
  private static final int LEAST_CUDA = 13000;
  private static final int LEAST_COMPUTE_MAJOR = 7;
  private static final int LEAST_COMPUTE_MINOR = 5;

  private static final String BUILDER_RESOURCE = "builder resource";

  private TensorRtProbe() {}

  private record Result(List<Finding> findings, Optional<Environment> environment) {}

  private static final class Holder {
    static final Result RESULT = probe();
  }

  /// Whether engines can be built and run, and if not, the first missing requirement.
  public static Availability availability() {
    Result result = Holder.RESULT;
    for (Finding finding : result.findings()) {
      if (!finding.found()) {
        return new Availability.Unavailable(finding.detail(), finding.remedy());
      }
    }
    List<String> details =
        result.findings().stream()
            .skip(1)
            .filter(f -> !isLibrary(f) && !f.name().equals(BUILDER_RESOURCE))
            .map(Finding::detail)
            .toList();
    return new Availability.Available(String.join("; ", details.reversed()));
  }

  /// All requirements, in order, and whether they are met. The last entries, TensorRT and the
  /// kernels of its builder, are present only if all before them are met.
  public static List<Finding> findings() {
    return Holder.RESULT.findings();
  }

  /// @throws TensorRtException with reason and remedy if TensorRT cannot be used
  public static Environment require() {
    if (availability() instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new TensorRtException("TensorRT is not available: " + reason + "; " + remedy);
    }
    return Holder.RESULT.environment().orElseThrow();
  }

  private static Result probe() {
    NativeLibraries.useCheckedFolder();
    List<Finding> findings = new ArrayList<>();
    findings.add(platform());
    Optional<DriverState.Usable> driver =
        findings.getLast().found() ? driver(findings) : Optional.empty();
    for (RequiredLibrary library : RequiredLibrary.ALL) {
      findings.add(
          library
              .locate()
              .map(place -> Finding.present(library.soname(), library.soname() + " found " + place))
              .orElseGet(() ->
                  Finding.missing(
                      library.soname(), library.soname() + " is not found", library.remedy())));
    }
    if (driver.isEmpty() || findings.stream().anyMatch(finding -> !finding.found())) {
      return new Result(List.copyOf(findings), Optional.empty());
    }
    Optional<Environment> environment =
        switch (TensorRtBindings.state()) {
          case TensorRtBindings.Loaded(String version, String cudaRuntime) -> {
            findings.add(
                Finding.present(
                    "TensorRT", "TensorRT " + version + " with CUDA runtime " + cudaRuntime));
            findings.add(builderResource(version, driver.get()));
            yield Optional.of(
                new Environment(
                    version, driver.get().cuda(), cudaRuntime, driver.get().devices().getFirst()));
          }
          case TensorRtBindings.Failed(String reason, String remedy) -> {
            findings.add(Finding.missing("TensorRT", reason, remedy));
            yield Optional.empty();
          }
        };
    return new Result(List.copyOf(findings), environment);
  }

  /// Engines run without it, so its absence does not make TensorRT unavailable.
  private static Finding builderResource(String version, DriverState.Usable driver) {
    BuilderResources resources = BuilderResources.find(version);
    return resources
        .doubt(driver.devices().getFirst(), driver.cudaVersion())
        .map(doubt -> Finding.doubtful(BUILDER_RESOURCE, doubt.reason(), doubt.remedy()))
        .orElseGet(() ->
            Finding.present(
                BUILDER_RESOURCE,
                "kernels to build from: " + String.join(", ", resources.names())));
  }

  private static Finding platform() {
    String system = System.getProperty("os.name", "unknown");
    String architecture = System.getProperty("os.arch", "unknown");
    boolean supported =
        system.toLowerCase(Locale.ROOT).startsWith("linux")
            && (architecture.equals("amd64") || architecture.equals("aarch64"));
    String detail = system + " on " + architecture;
    return supported
        ? Finding.present("platform", detail)
        : Finding.missing(
            "platform",
            "TensorRT is not supported on " + detail,
            "use Linux on x86-64 or arm64, or another backend");
  }

  private static Optional<DriverState.Usable> driver(List<Finding> findings) {
    return switch (CudaDriver.query()) {
      case DriverState.Unusable(String reason, String remedy) -> {
        findings.add(Finding.missing("GPU", reason, remedy));
        yield Optional.empty();
      }
      case DriverState.Usable driver -> {
        CudaDevice device = driver.devices().getFirst();
        findings.add(gpu(driver, device));
        yield Optional.of(driver);
      }
    };
  }

  private static Finding gpu(DriverState.Usable driver, CudaDevice device) {
    if (driver.cudaVersion() < LEAST_CUDA) {
      return Finding.missing(
          "GPU",
          "the NVIDIA driver supports %s, CUDA 13.0 is needed".formatted(driver.describe()),
          "install NVIDIA's driver 580 or newer");
    }
    if (!device.isAtLeast(LEAST_COMPUTE_MAJOR, LEAST_COMPUTE_MINOR)) {
      return Finding.missing(
          "GPU",
          "TensorRT needs compute capability 7.5, the GPU is " + device,
          "use a GPU of the Turing generation or newer");
    }
    int others = driver.devices().size() - 1;
    return Finding.present(
        "GPU",
        "%s, driver for %s%s"
            .formatted(
                device,
                driver.describe(),
                others == 0
                    ? ""
                    : ", %d more not used; choose with CUDA_VISIBLE_DEVICES".formatted(others)));
  }

  private static boolean isLibrary(Finding finding) {
    return RequiredLibrary.ALL.stream()
        .anyMatch(library -> library.soname().equals(finding.name()));
  }
}
