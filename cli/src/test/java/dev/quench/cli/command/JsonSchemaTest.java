// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import dev.quench.cli.Cli;
import dev.quench.data.array.NpyFile;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What commands print with `--json` is what `docs/schemas` says.
class JsonSchemaTest {
  private static final Path SCHEMAS = Path.of("..", "docs", "schemas");
  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(VersionFlag.V202012);

  @TempDir private static Path folder;

  /// What the commands work on: a small network, its ranges, one input, a recipe.
  @BeforeAll
  static void prepare() throws IOException {
    done("create lenet --input 1x28x28 --classes 10 -o $/m.onnx");
    done(
        "calibrate $/m.onnx --data demo --samples 32 --table $/t.json --cache $/t.cache --histograms");
    Files.writeString(
        folder.resolve("report.json"), run("eval $/m.onnx --data demo --samples 32 --json").out());
    for (int part = 1; part <= 2; part++) {
      done(
          "calibrate $/m.onnx --data demo --samples 32 --table $/%1$d.json --histograms --shard %1$d/2"
              .formatted(part));
    }
    done("quantize $/m.onnx -o $/q.onnx --table $/t.json");
    NpyFile.write(folder.resolve("x.npy"), Tensor.ofFloats(Shape.of(1, 1, 28, 28), new float[784]));
    Files.writeString(folder.resolve("r.yaml"), "steps:\n  - step: optimize\n    input: m.onnx\n");
  }

  private static void done(String words) {
    assertThat(run(words).exitCode()).as(words).isZero();
  }

  private static Cli.Result run(String words) {
    return Cli.run((Object[]) words.replace("$", folder.toString()).split(" "));
  }

  private static JsonSchema schema(String name) throws IOException {
    return FACTORY.getSchema(Files.readString(SCHEMAS.resolve(name + ".schema.json")));
  }

  @ParameterizedTest
  @CsvSource({
    "calibrate, calibrate $/m.onnx --data demo --samples 32 --table $/u.json --json",
    "compare, compare $/m.onnx $/q.onnx --data demo --samples 4 --json",
    "create, create lenet --input 1x28x28 --classes 10 -o $/c.onnx --json",
    "debug-reduce, debug reduce $/m.onnx -o $/d.onnx --json --text matches -- grep Conv {}",
    "doctor, doctor --json",
    "eval, eval $/m.onnx $/q.onnx --data demo --samples 32 --json",
    "export, export $/q.onnx --target onnxruntime -o $/e.onnx --json",
    "factor, factor $/m.onnx -o $/f.onnx --product --words 16 --data demo --samples 64 --json",
    "graph-extract, graph extract $/m.onnx -o $/g.onnx --to logits --json",
    "graph-sanitize, graph sanitize $/m.onnx -o $/s.onnx --json",
    "graph-set-shapes, graph set-shapes $/m.onnx -o $/h.onnx --shape image=2x1x28x28 --json",
    "inspect, inspect $/m.onnx --json",
    "inspect, inspect $/m.onnx --json --nodes --regions --convolutions",
    "inspect, inspect $/t.json --json",
    "inspect, inspect $/t.cache --json",
    "inspect, inspect $/report.json --json",
    "int8, int8 $/m.onnx --data demo --samples 32 -o $/i --json",
    "optimize, optimize $/m.onnx -o $/o.onnx --json",
    "profile, profile $/m.onnx --duration 50 --per-layer --json",
    "prune, prune $/m.onnx -o $/p.onnx --ratio 0.3 --json",
    "prune, prune $/m.onnx -o $/p.onnx --ratio 0.3 --search sensitivity --data demo --samples 200 --widths 3 --evaluations 1 --json",
    "prune, prune $/m.onnx -o $/p24.onnx --pattern 2:4 --json",
    "quantize, quantize $/m.onnx -o $/z.onnx --table $/t.json --json",
    "recipe, recipe $/r.yaml --work $/w --json",
    "run, run $/m.onnx --input image=$/x.npy -o $/y --json",
    "table-diff, table diff $/t.json $/t.json --json",
    "table-merge, table merge $/1.json $/2.json --table $/3.json --json",
    "table-reestimate, table reestimate $/t.json --method minmax --table $/4.json --json",
    "table-show, table show $/t.json --json",
    "train, train --arch lenet --width 0.25 --data demo --samples 64 --epochs 1 -o $/n.onnx --json"
  })
  void holds(String name, String words) throws IOException {
    Cli.Result result = run(words);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(schema(name).validate(result.json())).isEmpty();
  }

  @Test
  void holdsForErrors() throws IOException {
    assertThat(schema("error").validate(run("inspect $/missing.onnx --json").json())).isEmpty();
    assertThat(schema("error").validate(run("doctor --json").json())).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("names")
  void namesItsCommand(String name) throws IOException {
    JsonNode document =
        new ObjectMapper().readTree(SCHEMAS.resolve(name + ".schema.json").toFile());
    assertThat(document.get("required")).hasSizeGreaterThan(2);
    assertThat(document.get("properties").get("command").get("const").asText())
        .isEqualTo("quench " + command(name));
    List<String> words = new ArrayList<>(List.of(command(name).split(" ")));
    words.add("--help");
    assertThat(Cli.run(words.toArray()).exitCode()).isZero();
  }

  private static String command(String name) {
    return name.replaceFirst("^(table|graph|debug)-", "$1 ");
  }

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(SCHEMAS)) {
      return files
          .map(file -> file.getFileName().toString().replace(".schema.json", ""))
          .filter(name -> !name.equals("error"))
          .sorted()
          .toList();
    }
  }
}
