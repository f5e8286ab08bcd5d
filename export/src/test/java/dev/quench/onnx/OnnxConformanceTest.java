// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.onnxruntime.OrtException;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// ONNX's own test models, as the Debian package `libonnx-testdata` installs them, go through
/// reading and writing and must compute the same bits in ONNX Runtime as before.
class OnnxConformanceTest {
  private static final Path DATA = Path.of("/usr/share/libonnx-testdata/data");

  private final Map<String, List<String>> exceptions = new TreeMap<>();
  private final List<String> different = new ArrayList<>();
  private final List<String> contradicted = new ArrayList<>();
  private int tensors;
  private int inferredTensors;
  private int models;
  private int accepted;
  private int identical;

  @Test
  void whatOnnxRuntimeAcceptsComputesTheSameBitsAfterReadingAndWriting() throws IOException {
    assumeThat(DATA)
        .as("needs ONNX's conformance suite: install the Debian package libonnx-testdata")
        .isDirectory();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(DATA)) {
      files = walk.filter(path -> path.endsWith("model.onnx")).sorted().toList();
    }
    for (Path file : files) {
      models++;
      check(file.getParent());
    }
    report();
    assertThat(different).isEmpty();
    assertThat(contradicted).isEmpty();
    assertThat(identical).isGreaterThan(900);
  }

  private void check(Path folder) throws IOException {
    String name = DATA.relativize(folder).toString();
    ConformanceCase test;
    Map<String, Object> expected;
    try {
      test = ConformanceCase.load(folder, name);
      expected = NativeRun.run(test.model(), test.inputs());
    } catch (ConformanceCase.Unusable e) {
      except("not run: " + e.getMessage(), name);
      return;
    } catch (OrtException | IllegalArgumentException e) {
      except("not accepted by ONNX Runtime: " + firstWords(String.valueOf(e.getMessage())), name);
      return;
    }
    accepted++;
    try {
      Model model = OnnxReader.read(test.model(), name);
      byte[] rewritten = OnnxWriter.toBytes(model);
      Map<String, Object> actual = NativeRun.run(rewritten, test.inputs());
      compareShapes(name, model, test, actual);
      if (actual.equals(expected)) {
        identical++;
      } else if (!NativeRun.run(test.model(), test.inputs()).equals(expected)) {
        accepted--;
        except("random: differs from itself", name);
      } else {
        different.add(name);
      }
    } catch (OrtException | ModelFormatException e) {
      different.add(name + ": " + e.getMessage());
    }
  }

  /// Shape inference may know less than the run shows, but nothing else.
  private void compareShapes(
      String name, Model model, ConformanceCase test, Map<String, Object> actual) {
    Map<String, Shape> shapes = new HashMap<>();
    test.inputs().forEach((input, tensor) -> shapes.put(input, tensor.shape()));
    try {
      ShapeInference.withInputShapes(model, shapes);
    } catch (ModelFormatException | IllegalArgumentException e) {
      contradicted.add(name + ": inference refuses it: " + e.getMessage());
      return;
    }
    for (Value output : model.graph().outputs()) {
      if (!(actual.get(output.name()) instanceof NativeRun.Dense dense)) {
        continue;
      }
      tensors++;
      Shape inferred = output.shape().orElse(null);
      if (inferred == null) {
        continue;
      }
      boolean fits = inferred.rank() == dense.shape().size();
      for (int axis = 0; fits && axis < inferred.rank(); axis++) {
        fits =
            !(inferred.dim(axis) instanceof Dim.Fixed(long size))
                || size == dense.shape().get(axis);
      }
      boolean sameType =
          output.dataType().isEmpty() || dense.type().endsWith("_" + output.dataType().get());
      if (!fits || !sameType) {
        contradicted.add(
            "%s: '%s' is %s %s, inferred %s"
                .formatted(name, output.name(), dense.type(), dense.shape(), output.type()));
      } else if (inferred.isStatic()) {
        inferredTensors++;
      }
    }
  }

  private void except(String reason, String name) {
    exceptions.computeIfAbsent(reason, _ -> new ArrayList<>()).add(name);
  }

  private void report() throws IOException {
    int excepted = exceptions.values().stream().mapToInt(List::size).sum();
    String summary =
        "ONNX conformance: %d models, %d accepted by ONNX Runtime, %d bit-identical after read and write, %d different, %d not run"
            .formatted(models, accepted, identical, different.size(), excepted);
    List<String> lines = new ArrayList<>(List.of(summary));
    String inference =
        "shape inference: %d of %d outputs known before the run, %d contradicted"
            .formatted(inferredTensors, tensors, contradicted.size());
    lines.add(inference);
    different.forEach(name -> lines.add("different: " + name));
    contradicted.forEach(name -> lines.add("contradicted: " + name));
    exceptions.forEach((reason, names) -> {
      lines.add("%d x %s".formatted(names.size(), reason));
      names.forEach(name -> lines.add("    " + name));
    });
    Path target = Path.of("target");
    Files.createDirectories(target);
    Files.write(target.resolve("conformance.txt"), lines);
    System.out.println(summary + "; " + inference);
  }

  /// Without the names of nodes and files, so that equal reasons count together.
  private static String firstWords(String message) {
    String oneLine = message.replaceAll("\\s+", " ").replaceAll("'[^']*'|\\([^)]*\\)", "…");
    return oneLine.substring(0, Math.min(110, oneLine.length()));
  }
}
