// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quench.cli.Cli;
import dev.quench.cli.Cli.Result;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.onnx.OnnxReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The options of 1-bit and ternary layers, on some of the bundled images.
class BinaryTrainingCommandTest {
  @TempDir private Path folder;

  @Test
  void trainsBinaryNetAsPublishedAndExportsPlainOnnx() throws IOException {
    Path output = folder.resolve("binarynet.onnx");
    train(
        output,
        "--arch binarynet-mlp --width 0.0625 --weights 1 --activations 1 --stochastic activations"
            + " --shift-norm --optimizer shift-adamax --glorot --lr 0.0009765625"
            + " --loss squared_hinge --binary-scale none --batch-size 16 --epochs 4");

    Model model = OnnxReader.read(output);
    assertThat(model.opsets().versions()).containsOnlyKeys("");
    assertThat(model.graph().nodes()).noneMatch(node -> node.is("BatchNormalization"));
    assertThat(levels(model, "fc2")).containsExactly(-1f, 1f);
    assertThat(accuracy(output)).isGreaterThan(0.3);
  }

  @Test
  void trainsInTwoStagesAndResumesTheSecond() throws IOException {
    Path whole = folder.resolve("whole.onnx");
    Path resumed = folder.resolve("resumed.onnx");
    String arguments =
        "--arch vgg-small --width 0.25 --weights 1.5 --activations 1 --two-stage 1 --epochs 2"
            + " --sign-gradient polynomial --binary-scale xnor --resume --checkpoint "
            + folder.resolve("state");
    train(whole, arguments);
    JsonNode again = train(resumed, arguments);

    assertThat(again.get("epochs")).hasSize(1);
    assertThat(resumed).hasSameBinaryContentAs(whole);
    assertThat(levels(OnnxReader.read(whole), "conv2")).containsExactly(-1f, 0f, 1f);
  }

  @Test
  void binarizesTheNamedLayersAlone() throws IOException {
    Path output = folder.resolve("named.onnx");
    train(
        output,
        "--arch lenet --weights 1 --activations 1 --centre --optimizer adamax --epochs 1"
            + " --binary-layers conv2");

    Model model = OnnxReader.read(output);
    assertThat(levels(model, "conv2")).containsExactly(-1f, 1f);
    assertThat(levels(model, "conv1")).hasSizeGreaterThan(2);
    assertThat(model.graph().nodes().stream().filter(node -> node.is("Where"))).hasSize(1);
  }

  /// Whitening is a product with a matrix, but no layer of the network.
  @Test
  void leavesTheFirstLayerBehindInputLayersFloat() throws IOException {
    Path output = folder.resolve("whitened.onnx");
    String notes =
        notes(
            output,
            "--arch vgg-small --width 0.125 --weights 1 --activations 1 --two-stage 1 --epochs 2"
                + " --input-layers gcn,zca");
    assertThat(notes).doesNotContain("stays float");
    Model model = OnnxReader.read(output);
    assertThat(levels(model, "conv1")).hasSizeGreaterThan(2);
    assertThat(levels(model, "conv2")).containsExactly(-1f, 1f);
  }

  @Test
  void goesOnFromAnExportedNetwork() throws IOException {
    Path output = folder.resolve("first.onnx");
    Path next = folder.resolve("next.onnx");
    Path bits = folder.resolve("bits.onnx");
    train(output, "--arch lenet --weights 1 --activations 1 --epochs 1 --binary-layers conv2");
    String model = "--model " + output + " --epochs 1 ";

    assertThat(refused(1, model + "--weights 1 --activations 1 --binary-layers conv2"))
        .contains("takes signs already; --activations 32 keeps them");
    assertThat(notes(next, model)).contains("Conv 'conv2' becomes float", "--weights 1 or 1.5");
    assertThat(notes(folder.resolve("frozen.onnx"), model + "--freeze conv2"))
        .doesNotContain("becomes float");

    assertThat(notes(folder.resolve("int8.onnx"), model + "--weights 8 --activations 8"))
        .contains("Conv 'conv2' is trained with more bits", "--weights 1 or 1.5")
        .doesNotContain("becomes float");
    assertThat(
            notes(
                folder.resolve("ptq.onnx"),
                model.replace("--epochs 1", "--ptq 1") + "--weights 8 --activations 8"))
        .doesNotContain("more bits");

    assertThat(notes(bits, model + "--weights 1 --binary-layers conv2"))
        .doesNotContain("becomes float");
    Model trained = OnnxReader.read(bits);
    assertThat(levels(trained, "conv2")).containsExactly(-1f, 1f);
    assertThat(trained.graph().nodes().stream().filter(node -> node.is("Where"))).hasSize(1);
  }

  @Test
  void refusesCombinationsThatMeanNothing() {
    String network = "--arch lenet ";
    assertThat(refused(2, network + "--centre")).contains("are for --weights 1 or 1.5");
    assertThat(refused(2, network + "--weights 1.5 --centre"))
        .contains("only 1-bit weights can be centred");
    assertThat(refused(2, network + "--weights 1 --sign-gradient polynomial"))
        .contains("are for --activations 1");
    assertThat(
            refused(
                2,
                network
                    + "--weights 1 --activations 1 --stochastic both --sign-gradient polynomial"))
        .contains("drawn signs take the clipped gradient");
    assertThat(refused(2, network + "--weights 1 --two-stage 1")).contains("--two-stage trains");
    assertThat(refused(2, network + "--weights 1 --activations 1 --two-stage 2"))
        .contains("leaves no epoch for the second stage");
    assertThat(
            refused(
                2,
                network + "--weights 1 --activations 1 --two-stage 1 --optimizer bop --epochs 2"))
        .contains("--two-stage trains float weights first, which bop cannot flip");
    assertThat(refused(2, network + "--shift-norm")).contains("--shift-norm are for");
    assertThat(refused(2, network + "--weights 1 --optimizer bop --glorot"))
        .contains("Glorot scaling is for optimizers of latent weights; bop has none");
    assertThat(refused(2, network + "--optimizer bop")).contains("give --weights 1");
    assertThat(refused(2, network + "--weights 1.5 --optimizer bop")).contains("give --weights 1");
    assertThat(refused(1, network + "--weights 1 --centre --optimizer bop"))
        .contains("bop flips weights that are -1 or +1");
    assertThat(refused(1, network + "--weights 1 --binary-layers nowhere"))
        .contains("lenet: no layer is named 'nowhere'; the layers of this model are 'conv1'");
  }

  private static TreeSet<Float> levels(Model model, String layer) {
    Node node =
        model.graph().nodes().stream()
            .filter(each -> each.name().equals(layer))
            .findFirst()
            .orElseThrow();
    TreeSet<Float> levels = new TreeSet<>();
    for (float weight : node.input(1).constant().orElseThrow().toFloats()) {
      levels.add(weight == 0 ? 0f : weight);
    }
    return levels;
  }

  private static double accuracy(Path model) {
    Result eval = Cli.run("eval", model, "--data", "demo", "--limit", 200, "--json");
    return eval.json().get("results").get(0).get("top1").asDouble();
  }

  private JsonNode train(Path output, String arguments) {
    return succeeded(output, arguments).json();
  }

  private String notes(Path output, String arguments) {
    return succeeded(output, arguments).err();
  }

  private static Result succeeded(Path output, String arguments) {
    Result result = Cli.run(all(output, arguments));
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result;
  }

  private String refused(int code, String arguments) {
    Result result = Cli.run(all(folder.resolve("never.onnx"), arguments));
    assertThat(result.exitCode()).as(result.err()).isEqualTo(code);
    return result.err();
  }

  private static Object[] all(Path output, String arguments) {
    List<Object> all = new ArrayList<>(List.of("train"));
    all.addAll(List.of(arguments.split(" ")));
    all.addAll(
        List.of("--data", "demo-train", "--samples", 768, "--threads", 1, "--json", "-o", output));
    if (!arguments.contains("--epochs") && !arguments.contains("--ptq")) {
      all.addAll(List.of("--epochs", 2));
    }
    return all.toArray();
  }
}
