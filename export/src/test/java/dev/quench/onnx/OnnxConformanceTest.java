// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.onnxruntime.OrtException;
import dev.quench.graph.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
      byte[] rewritten = OnnxWriter.toBytes(OnnxReader.read(test.model(), name));
      Map<String, Object> actual = NativeRun.run(rewritten, test.inputs());
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

  private void except(String reason, String name) {
    exceptions.computeIfAbsent(reason, _ -> new ArrayList<>()).add(name);
  }

  private void report() throws IOException {
    int excepted = exceptions.values().stream().mapToInt(List::size).sum();
    String summary =
        "ONNX conformance: %d models, %d accepted by ONNX Runtime, %d bit-identical after read and write, %d different, %d not run"
            .formatted(models, accepted, identical, different.size(), excepted);
    List<String> lines = new ArrayList<>(List.of(summary));
    different.forEach(name -> lines.add("different: " + name));
    exceptions.forEach((reason, names) -> {
      lines.add("%d x %s".formatted(names.size(), reason));
      names.forEach(name -> lines.add("    " + name));
    });
    Path target = Path.of("target");
    Files.createDirectories(target);
    Files.write(target.resolve("conformance.txt"), lines);
    System.out.println(summary);
  }

  /// Without the names of nodes and files, so that equal reasons count together.
  private static String firstWords(String message) {
    String oneLine = message.replaceAll("\\s+", " ").replaceAll("'[^']*'|\\([^)]*\\)", "…");
    return oneLine.substring(0, Math.min(110, oneLine.length()));
  }
}
