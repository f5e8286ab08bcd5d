// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.Cli.Result;
import dev.quench.data.array.NpyFile;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What commands say of bad input.
class BadInputTest extends BundledNetworkFixture {
  @ParameterizedTest
  @ValueSource(strings = {"inspect", "profile", "optimize", "eval", "compare", "quantize"})
  void eachCommandRefusesABrokenModel(String command) throws IOException {
    byte[] good = Files.readAllBytes(model);
    Path truncated = folder.resolve("truncated.onnx");
    Files.write(truncated, Arrays.copyOf(good, good.length / 2));
    Path text = folder.resolve("text.onnx");
    Files.writeString(text, "this is not a model");
    Path out = folder.resolve("never-" + command + ".onnx");
    for (Path bad : List.of(truncated, text, folder.resolve("missing.onnx"), folder)) {
      Object[] words =
          switch (command) {
            case "optimize" -> new Object[] {command, bad, "-o", out};
            case "eval" -> new Object[] {command, bad, "--data", "demo"};
            case "compare" -> new Object[] {command, bad, model};
            case "quantize" -> new Object[] {command, bad, "-o", out, "--data", "demo-train"};
            default -> new Object[] {command, bad};
          };
      assertRefused(1, bad.toString(), words);
      assertThat(out).doesNotExist();
    }
  }

  @Test
  void outputsThatCannotBeWrittenAreFoundFirst() {
    assertRefused(1, "is a folder", "optimize", "missing.onnx", "-o", folder);
    assertRefused(
        1, "does not exist", "optimize", "missing.onnx", "-o", folder.resolve("a/b.onnx"));
    assertRefused(
        1,
        "does not exist",
        "eval",
        "missing.onnx",
        "--data",
        "demo",
        "--report",
        folder.resolve("a/b.html"));
    assertRefused(1, "is a file", "run", model, "--input", "image=x.npy", "-o", model);
  }

  @Test
  void cachesAndTablesAreCheckedBeforeTheyAreTrusted() throws IOException {
    Path out = folder.resolve("never.onnx");
    Path cache = folder.resolve("bad.cache");
    for (String line : List.of("image: 3bd1428", "image 3bd14285", "image: zzzzzzzz")) {
      Files.writeString(cache, "TRT-101501-EntropyCalibration2\n" + line + "\n");
      assertRefused(1, "line 2", "quantize", model, "-o", out, "--cache", cache, "--trust-cache");
    }
    Files.writeString(cache, "TRT-101501-EntropyCalibration2\nimage: 7fc00000\n");
    assertRefused(
        1,
        "'image' in the TensorRT cache is NaN",
        "quantize",
        model,
        "-o",
        out,
        "--cache",
        cache,
        "--trust-cache");
    Files.writeString(cache, "TRT-101501-EntropyCalibration2\nother: 3bd14285\n");
    assertRefused(
        1,
        "names no tensor of this model",
        "quantize",
        model,
        "-o",
        out,
        "--cache",
        cache,
        "--trust-cache");
    Files.writeString(cache, "hello");
    assertRefused(1, "line 1", "quantize", model, "-o", out, "--cache", cache, "--trust-cache");
    assertRefused(1, cache.toString(), "quantize", model, "-o", out, "--table", cache);
    assertRefused(
        1, "no such file", "quantize", model, "-o", out, "--table", folder.resolve("no.json"));
    assertThat(out).doesNotExist();
  }

  @Test
  void dataThatDoNotFitAreRefused() throws IOException {
    Path npy = folder.resolve("data.npy");
    NpyFile.write(npy, Tensor.ofFloats(Shape.of(2, 3, 28, 28), new float[2 * 3 * 784]));
    assertRefused(1, "the model takes 'image'", "eval", model, "--data", "npy:image=" + npy);
    assertRefused(1, "image", "eval", model, "--data", "npy:other=" + npy);
    float[] values = new float[2 * 784];
    values[1000] = Float.NaN;
    NpyFile.write(npy, Tensor.ofFloats(Shape.of(2, 1, 28, 28), values));
    assertRefused(
        1, "sample 1 holds NaN (element 216)", "eval", model, "--data", "npy:image=" + npy);
    NpyFile.write(npy, Tensor.ofFloats(Shape.of(2, 1, 28, 28), new float[2 * 784]));
    assertRefused(
        1, "class labels", "eval", model, "--data", "npy:image=" + npy, "--backend", "onnxruntime");
    assertRefused(
        1, "no such file", "eval", model, "--data", "npy:image=" + folder.resolve("no.npy"));
    assertRefused(
        1, "no such file or folder", "eval", model, "--data", "idx:" + folder.resolve("no"));
    Files.writeString(npy, "text");
    assertRefused(1, npy.toString(), "eval", model, "--data", "npy:image=" + npy);
    assertRefused(1, "--mean", "eval", model, "--data", "demo", "--mean", "abc");
  }

  @Test
  void otherPixelsThanAModelDeclaresAreNamed() throws IOException {
    Path other = folder.resolve("other.onnx");
    Model copy = OnnxReader.read(model);
    copy.metadata().put("preprocess.mean", "0.9");
    OnnxWriter.write(copy, other);
    for (String command : List.of("eval", "compare")) {
      Result differing = Cli.run(command, model, other, "--data", "demo", "--samples", 20);
      assertThat(differing.err()).contains("warning: ", "its own metadata say", "mean=0.9");
      Result said =
          Cli.run(
              command,
              model,
              other,
              "--data",
              "demo",
              "--samples",
              20,
              "--mean",
              0,
              "--std",
              1,
              "--scale",
              1);
      assertThat(said.err()).doesNotContain("its own metadata");
    }
  }

  @Test
  void namesWithEscapeCodesStayHarmless() throws IOException {
    Path evil = folder.resolve("evil.onnx");
    Model copy = OnnxReader.read(model);
    copy.metadata().put("note\u001b[2J", "\u202eevil\u0007");
    copy.graph().nodes().forEach(node -> node.setName(node.name() + "\u001b]0;x\u0007<b>"));
    OnnxWriter.write(copy, evil);
    for (Result result :
        List.of(
            Cli.run("inspect", evil, "--nodes"),
            Cli.run("inspect", evil, "--nodes", "--json"),
            Cli.run(
                "quantize",
                evil,
                "-o",
                folder.resolve("evil8.onnx"),
                "--data",
                "demo-train",
                "--samples",
                4))) {
      assertDone(result);
      assertThat(result.out() + result.err()).doesNotContain("\u001b", "\u0007", "\u202e");
    }
  }
}
