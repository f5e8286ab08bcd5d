// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.run.Availability;
import dev.quench.run.Availability.Available;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.trt.inspect.Finding;
import dev.quench.trt.inspect.TensorRtProbe;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// One thing that Quench can use, and whether it is there.
///
/// @param good whether it can be used; with a remedy, not for everything
/// @param remedy what the user can do; empty when nothing is amiss
record Diagnosis(String subject, boolean good, String detail, String remedy) {
  private static final int REQUIRED_JAVA = 25;
  private static final long SMALL_HEAP_MEBIBYTES = 1024;
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /// Everything, from Java to TensorRT.
  static List<Diagnosis> all() {
    List<Diagnosis> all = new ArrayList<>(List.of(java(), processor(), vectorUnit(), memory()));
    for (Backend backend : Backends.all()) {
      all.add(of(backend.name(), backend.availability()));
      if (backend.name().equals("tensorrt")) {
        TensorRtProbe.findings().stream().map(Diagnosis::of).forEach(all::add);
      }
    }
    return all;
  }

  /// Whether any backend can run here.
  static boolean anyBackend() {
    return Backends.all().stream().anyMatch(backend -> backend.availability().isAvailable());
  }

  /// `ok`, `warning` or `missing`.
  String state() {
    if (!good) {
      return "missing";
    }
    return remedy.isEmpty() ? "ok" : "warning";
  }

  private static Diagnosis java() {
    int release = Runtime.version().feature();
    String detail =
        "%s, %s, %s"
            .formatted(
                Runtime.version(),
                System.getProperty("java.vendor"),
                System.getProperty("java.home"));
    return release >= REQUIRED_JAVA
        ? new Diagnosis("Java", true, detail, "")
        : new Diagnosis("Java", false, detail, "install a JDK 25 or newer and set JAVA_HOME");
  }

  private static Diagnosis processor() {
    String os = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    String detail = os + ", " + Runtime.getRuntime().availableProcessors() + " cores";
    boolean tested = System.getProperty("os.name").equals("Linux");
    return new Diagnosis(
        "platform",
        tested,
        detail,
        tested ? "" : "Quench is tested on Linux x86-64 only; use a Linux machine or container");
  }

  private static Diagnosis vectorUnit() {
    Set<String> flags = processorFlags();
    List<String> found =
        Stream.of("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_vpopcntdq", "asimd", "sve")
            .filter(flags::contains)
            .toList();
    return found.isEmpty()
        ? new Diagnosis(
            "vector unit",
            false,
            "the processor reports neither AVX2 nor ASIMD",
            "INT8 on the CPU will be slow; use a newer processor, or let the virtual machine pass its features on")
        : new Diagnosis("vector unit", true, String.join(", ", found), "");
  }

  private static Set<String> processorFlags() {
    if (!Files.isReadable(CPU_INFO)) {
      return Set.of();
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
          .findFirst()
          .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+")))
          .orElse(Set.of());
    } catch (IOException e) {
      return Set.of();
    }
  }

  private static Diagnosis memory() {
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    String machine =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? ", machine " + (system.getTotalMemorySize() >> 20) + " MiB"
            : "";
    boolean enough = heap >= SMALL_HEAP_MEBIBYTES;
    return new Diagnosis(
        "memory",
        enough,
        "Java heap up to " + heap + " MiB" + machine,
        enough ? "" : "give Java more: QUENCH_JAVA_OPTS=-Xmx4g");
  }

  private static Diagnosis of(String subject, Availability availability) {
    return switch (availability) {
      case Available(String description) -> new Diagnosis(subject, true, description, "");
      case Unavailable(String reason, String remedy) ->
          new Diagnosis(subject, false, reason, remedy);
    };
  }

  private static Diagnosis of(Finding finding) {
    return new Diagnosis(
        "tensorrt needs " + finding.name(), finding.found(), finding.detail(), finding.remedy());
  }
}
