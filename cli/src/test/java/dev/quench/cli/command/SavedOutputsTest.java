// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli;
import dev.quench.data.array.NpyFile;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `compare` of a model with outputs that were saved.
class SavedOutputsTest {
  @TempDir private Path folder;
  private Path model;
  private Path inputs;

  @BeforeEach
  void write() throws IOException {
    GraphMaker maker = new GraphMaker(17);
    maker.output(maker.add("Relu", "y", maker.input("x", Dim.of("N"), Dim.of(2))));
    model = folder.resolve("model.onnx");
    OnnxWriter.write(maker.model(), model);
    inputs = archive("inputs.npz", "x", Tensor.ofFloats(Shape.of(3, 2), -1, 2, 3, -4, 5, 6));
  }

  private Path archive(String file, String name, Tensor tensor) throws IOException {
    Path array = folder.resolve("array.npy");
    NpyFile.write(array, tensor);
    Path written = folder.resolve(file);
    try (OutputStream out = Files.newOutputStream(written);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry(name + ".npy"));
      Files.copy(array, zip);
    }
    return written;
  }

  private Cli.Result compare(String name, Tensor saved) throws IOException {
    return Cli.run(
        "compare",
        archive("outputs.npz", name, saved),
        model,
        "--data",
        "npz:" + inputs,
        "--max-error",
        "0.001");
  }

  @Test
  void equalOutputsHoldTheBound() throws IOException {
    Cli.Result result = compare("y", Tensor.ofFloats(Shape.of(3, 2), 0, 2, 3, 0, 5, 6));
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("against " + folder.resolve("outputs.npz"));
  }

  @Test
  void anotherOutputMissesTheBound() throws IOException {
    Cli.Result result = compare("y", Tensor.ofFloats(Shape.of(3, 2), 0, 2, 3, 0, 5, 7));
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("'y' is off by up to 1");
  }

  @Test
  void refusesOtherNamesAndNumbersOfSamples() throws IOException {
    assertThat(compare("z", Tensor.ofFloats(Shape.of(3, 2), 0, 2, 3, 0, 5, 6)).err())
        .contains("the model lacks the saved output 'z'; its outputs are [y]");
    assertThat(compare("y", Tensor.ofFloats(Shape.of(2, 2), 0, 2, 3, 0)).err())
        .contains("holds 2 samples");
    assertThat(Cli.run("compare", inputs, model).exitCode()).isEqualTo(2);
  }
}
