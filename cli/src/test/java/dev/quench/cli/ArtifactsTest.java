// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Holds what each artifact pulls into an application. The class paths are those that the build
/// resolved at run-time scope.
class ArtifactsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern ROW =
      Pattern.compile("\\| `quench-([a-z-]+)` \\|[^|]*\\| (\\d+) \\| ([\\d,.]+) MB \\|.*");

  record Row(String module, int jars, double megabytes) {}

  @BeforeAll
  static void needsThisPlatform() {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "the table is that of Linux x86-64");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void documentedWeightsHold(Row row) throws IOException {
    List<Path> jars = foreign(row.module());
    long bytes = 0;
    for (Path jar : jars) {
      bytes += Files.size(jar);
    }
    assertThat(jars).hasSize(row.jars());
    assertThat(bytes / 1e6).isCloseTo(row.megabytes(), withinPercentage(5));
  }

  static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(ROOT.resolve("docs/artifacts.md"))) {
      Matcher matcher = ROW.matcher(line);
      if (matcher.matches()) {
        rows.add(
            new Row(
                matcher.group(1),
                Integer.parseInt(matcher.group(2)),
                Double.parseDouble(matcher.group(3).replace(",", ""))));
      }
    }
    assertThat(rows).hasSizeGreaterThan(8);
    return rows;
  }

  @Test
  void xnorRuntimePullsInNoReadersMetricsOrJavaCpp() throws IOException {
    assertThat(names("xnor-runtime"))
        .noneMatch(name -> name.contains("bytedeco") || name.contains("nd4j"));
    assertThat(own("xnor-runtime")).containsExactlyInAnyOrder("core", "export");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evaluation", "calibration", "data", "core"})
  void pullsInNoNativeCode(String module) throws IOException {
    assertThat(names(module))
        .noneMatch(name ->
            name.contains("bytedeco") || name.contains("nd4j") || name.contains("onnxruntime"));
  }

  @Test
  void calibrationDoesNotPullInExport() throws IOException {
    assertThat(own("calibration")).containsExactly("core");
  }

  @Test
  void enginesNeedNoLinearAlgebraAndNoTraining() throws IOException {
    assertThat(names("trt-runtime"))
        .noneMatch(name -> name.contains("nd4j") || name.contains("pytorch"));
  }

  @Test
  void binaryKernelsForCudaAreAnArtifactByThemselves() throws IOException {
    assertThat(own("xnor-cuda")).containsExactly("core");
    assertThat(Files.readString(ROOT.resolve("bom/pom.xml"))).contains("quench-xnor-cuda");
  }

  private static List<String> names(String module) throws IOException {
    return foreign(module).stream().map(Path::toString).toList();
  }

  private static List<Path> foreign(String module) throws IOException {
    return classPath(module).filter(path -> !path.startsWith(ROOT)).toList();
  }

  private static List<String> own(String module) throws IOException {
    return classPath(module)
        .filter(path -> path.startsWith(ROOT))
        .map(path -> ROOT.relativize(path).getName(0).toString())
        .distinct()
        .toList();
  }

  private static Stream<Path> classPath(String module) throws IOException {
    Path file = ROOT.resolve(module).resolve("target/runtime-classpath.txt");
    assertThat(file).as("written by the build of all modules").exists();
    return Stream.of(Files.readString(file).strip().split(":"))
        .filter(s -> !s.isEmpty())
        .map(Path::of);
  }
}
