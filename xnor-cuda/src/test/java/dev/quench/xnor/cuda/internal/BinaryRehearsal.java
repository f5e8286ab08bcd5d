// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.xnor.cuda.product.BinaryGpuTest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;

/// A part without a GPU: all of it on a small scale in emulation, then the real one up to where it
/// asks the driver.
record BinaryRehearsal(BinaryPart part, BinaryReport report) {
  /// @return what was reached, in words
  /// @throws IllegalStateException if it stops elsewhere than at the driver
  String run() throws IOException, InterruptedException {
    report.begin(part);
    String emulated = part == BinaryPart.EXACTNESS ? cases() : emulate();
    try (Laboratory laboratory = CudaLaboratory.open(part.moreKernels())) {
      return emulated + "; a GPU is there: " + laboratory.environment().get("gpu");
    } catch (NoGpuException e) {
      return emulated + "; then up to the driver: " + e.getMessage();
    }
  }

  private String emulate() throws IOException, InterruptedException {
    if (!compilerIsThere()) {
      return "not emulated, as there is no c++ on the PATH";
    }
    Path folder = Files.createTempDirectory("quench-emulation");
    try (Laboratory laboratory = new EmulatedLaboratory(EmulatedDevice.compile(folder))) {
      if (!part.run(laboratory, BinaryPart.Sizes.inEmulation(), report)) {
        throw new IllegalStateException("a measurement fails in emulation; see its detail");
      }
    } finally {
      delete(folder);
    }
    return "emulated";
  }

  /// Without a GPU all cases end where the first asks for one.
  private String cases() {
    boolean passed =
        CaseJournal.run(BinaryGpuTest.class, report.array(part, "cases"), report::flush);
    for (JsonNode found : report.part(part).path("cases")) {
      String detail = found.path("detail").asText();
      if (!found.path("status").asText().equals("passed")
          && !detail.contains("no GPU for binary kernels")) {
        throw new IllegalStateException(
            "%s stops before the driver: %s".formatted(found.path("case").asText(), detail));
      }
    }
    if (report.part(part).path("cases").isEmpty()) {
      throw new IllegalStateException("there are no cases in " + BinaryGpuTest.class.getName());
    }
    return passed ? "cases passed" : "cases found";
  }

  private static boolean compilerIsThere() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(folder -> new File(folder, "c++").canExecute());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
