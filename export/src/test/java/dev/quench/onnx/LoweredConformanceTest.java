// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.quench.export.precision.LowerPrecision;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.export.precision.PrecisionReport;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.BackendException;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Lowers every model of ONNX's conformance suite as far as it goes: ONNX Runtime checks the types
/// of what comes out against the standard, whether it has kernels for them or not.
class LoweredConformanceTest {
  private static final Path DATA = Path.of("/usr/share/libonnx-testdata/data/node");
  private static final SessionOptions OPTIONS =
      SessionOptions.DEFAULT.withThreads(1).withOptimization(false);

  /// ONNX Runtime expands it to a function that adds a FLOAT constant, whatever its type.
  private static final List<String> EXPANDED_IN_FLOAT = List.of("op:MeanVarianceNormalization");

  private final OnnxRuntimeBackend backend = new OnnxRuntimeBackend();
  private final List<String> invalid = new ArrayList<>();
  private int lowered;

  @Test
  void whatIsLoweredHasTypesThatTheStandardAllows() throws IOException {
    assumeThat(DATA)
        .as("needs ONNX's conformance suite: install the Debian package libonnx-testdata")
        .isDirectory();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(DATA)) {
      files = walk.filter(path -> path.endsWith("model.onnx")).sorted().toList();
    }
    for (Path file : files) {
      check(file);
    }
    System.out.println("lowered conformance models: " + lowered + ", invalid: " + invalid.size());
    invalid.forEach(System.out::println);
    assertThat(invalid).isEmpty();
    assertThat(lowered).isGreaterThan(300);
  }

  private void check(Path file) throws IOException {
    Model model;
    try {
      model = OnnxReader.read(file);
      backend.open(model, OPTIONS).close();
    } catch (ModelFormatException | BackendException e) {
      return; // not accepted as it is
    }
    String name = file.getParent().getFileName().toString();
    if (model.opset() < 7) {
      return; // older than what is supported
    }
    PrecisionReport report;
    try {
      report =
          LowerPrecision.to(ReducedPrecision.FP16)
              .lowering(NodeSelection.of(List.of(), EXPANDED_IN_FLOAT))
              .convertingInterface()
              .apply(model);
      GraphValidator.validate(model);
    } catch (UnsupportedOperatorException e) {
      return; // the opset cannot be raised
    } catch (ModelFormatException e) {
      invalid.add(name + ": " + e.getMessage());
      return;
    }
    if (report.lowered() == 0) {
      return;
    }
    lowered++;
    try {
      backend.open(model, OPTIONS).close();
    } catch (BackendException e) {
      if (!String.valueOf(e.getMessage()).contains("NOT_IMPLEMENTED")) {
        invalid.add(name + ": " + e.getMessage());
      }
    }
  }
}
