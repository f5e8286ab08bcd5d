// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.inspect.Finding;
import dev.quench.trt.inspect.TensorRtProbe;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;

/// Records which libraries are present, which PTX the driver compiles, which builder resources
/// TensorRT opens, and its whole build log (`gpu-probe.log`).
public final class ProbeStep implements GpuStep {
  private static final String RESOURCE = "builder_resource";

  /// PTX ISA version and target of the programs to compile; the first pair is that of TensorRT's
  /// resource.
  private static final List<String[]> PTX =
      List.of(
          new String[] {"9.1", "sm_80"},
          new String[] {"9.1", "sm_90"},
          new String[] {"9.0", "sm_80"},
          new String[] {"8.0", "sm_80"});

  @Override
  public void run(StepReport report) throws IOException {
    // First, because it ensures that only one copy of CUDA's runtime is loaded.
    String availability = TensorRtProbe.availability().toString();
    report.part(
        "libraries",
        part -> {
          for (Finding finding : TensorRtProbe.findings()) {
            part.add(
                "findings",
                Map.of(
                    "name", finding.name(),
                    "found", finding.found(),
                    "detail", finding.detail(),
                    "remedy", finding.remedy()));
          }
          part.put("builderResourceFiles", resourceFiles());
          part.put("availability", availability);
        });
    report.part(
        "PTX",
        part -> {
          try (PtxCompiler compiler = PtxCompiler.open()) {
            for (String[] program : PTX) {
              part.put(program[0] + " " + program[1], compiler.compile(program[0], program[1]));
            }
          }
        });
    Model model = PreparedFolder.current().model(Network.NIN, Variant.FLOAT);
    Engines engines = new Engines(report);
    report.part(
        "build",
        part -> {
          Set<String> loaded = new ConcurrentSkipListSet<>();
          try (BuiltEngine engine =
              engines.build(
                  part,
                  model,
                  EngineBuilder.of(model)
                      .precision(Precision.FP16)
                      .batch(1, 4, 4)
                      .optimizationLevel(0)
                      .cancelWhen(() -> {
                        // TensorRT calls this during the build, so it also sees resources that are
                        // closed later.
                        loaded.addAll(loadedLibraries());
                        return false;
                      }))) {
            engine.describe(part);
          } finally {
            loaded.addAll(loadedLibraries());
            part.put("loadedLibraries", List.copyOf(loaded));
          }
        });
  }

  /// The libraries that this process has loaded now.
  private static List<String> loadedLibraries() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(
              line -> line.contains("libnv") || line.contains("libcu") || line.contains(RESOURCE))
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Long> resourceFiles() throws IOException {
    List<String> folders = new ArrayList<>();
    folders.addAll(
        List.of(System.getProperty("java.library.path", "").split(File.pathSeparator, -1)));
    folders.addAll(
        List.of(System.getenv().getOrDefault("LD_LIBRARY_PATH", "").split(File.pathSeparator, -1)));
    Map<String, Long> found = new LinkedHashMap<>();
    for (String folder : folders) {
      if (!folder.isEmpty() && Files.isDirectory(Path.of(folder))) {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
          for (Path file :
              files
                  .filter(file -> String.valueOf(file.getFileName()).contains(RESOURCE))
                  .sorted()
                  .toList()) {
            found.put(file.toString(), Files.size(file));
          }
        }
      }
    }
    return found;
  }
}
