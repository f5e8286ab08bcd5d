// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import dev.quench.gpu.report.Machine;
import dev.quench.run.Availability;
import dev.quench.trt.inspect.TensorRtProbe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;

/// Identifies the machine. Runs in a process that may crash. Omits what is missing, including the
/// TensorRT part of the suite.
final class MachineFacts {
  /// Key of the reason why no GPU is usable.
  static final String PROBLEM = "problem";

  /// Key of the reason why TensorRT is not usable.
  static final String PROBLEM_OF_TENSORRT = "problemOfTensorRt";

  private static final int NAME_BYTES = 256;
  private static final int SECONDS = 20;

  private MachineFacts() {}

  static Machine find() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    version().ifPresent(version -> facts.put("quench", version));
    facts.put("java", System.getProperty("java.vendor") + " " + Runtime.version());
    facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    processor().ifPresent(name -> facts.put("processor", name));
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    driver().ifPresent(version -> facts.put(Machine.DRIVER, version));
    // First, because it ensures that only one copy of CUDA's runtime is loaded.
    try {
      tensorRt(facts);
    } catch (LinkageError e) {
      facts.put(PROBLEM_OF_TENSORRT, "the TensorRT part of the suite is missing: " + e);
    }
    try {
      gpu(facts);
    } catch (LinkageError | RuntimeException e) {
      facts.put(PROBLEM, "cannot load CUDA's bindings: " + firstLine(e));
    }
    return new Machine(facts);
  }

  private static void gpu(Map<String, String> facts) {
    int[] number = new int[1];
    if (cudart.cuInit(0) != 0 || cudart.cuDeviceGet(number, 0) != 0) {
      facts.put(PROBLEM, "the driver reports no GPU");
      return;
    }
    int device = number[0];
    try (BytePointer name = new BytePointer(NAME_BYTES)) {
      if (cudart.cuDeviceGetName(name, NAME_BYTES, device) == 0) {
        facts.put(Machine.GPU, name.getString().replace("\0", ""));
      }
    }
    if (cudart.cuDriverGetVersion(number) == 0) {
      facts.put(Machine.DRIVER_CUDA, number[0] / 1000 + "." + number[0] % 1000 / 10);
    }
  }

  private static void tensorRt(Map<String, String> facts) {
    switch (TensorRtProbe.availability()) {
      case Availability.Available(String description) -> facts.put(Machine.TENSORRT, description);
      case Availability.Unavailable(String reason, String remedy) ->
          facts.put(PROBLEM_OF_TENSORRT, reason + "; " + remedy);
    }
  }

  /// The driver version from `nvidia-smi`, else from the kernel module.
  private static Optional<String> driver() {
    try {
      Process process =
          new ProcessBuilder(
                  "nvidia-smi", "--id=0", "--query-gpu=driver_version", "--format=csv,noheader")
              .redirectErrorStream(true)
              .start();
      if (process.waitFor(SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
        return Optional.of(
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
      }
      process.destroyForcibly();
    } catch (IOException e) {
      // nvidia-smi is not installed
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return firstLine(Path.of("/proc/driver/nvidia/version"), "");
  }

  private static Optional<String> processor() {
    return firstLine(Path.of("/proc/cpuinfo"), "model name")
        .map(line -> line.substring(line.indexOf(':') + 1).strip());
  }

  private static Optional<String> firstLine(Path file, String start) {
    try {
      return Files.readAllLines(file).stream().filter(line -> line.startsWith(start)).findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String firstLine(Throwable problem) {
    return String.valueOf(problem.getMessage()).lines().findFirst().orElse("");
  }

  private static Optional<String> version() {
    return Optional.ofNullable(MachineFacts.class.getPackage().getImplementationVersion());
  }
}
