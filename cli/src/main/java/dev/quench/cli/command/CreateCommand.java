// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.ShapeConverter;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Writes an untrained network of the zoo.
@Command(
    name = "create",
    header = "Writes an untrained network of the zoo.",
    description = {
      "Writes a network of the zoo with random weights, scaled so that activations keep their size: for timing, not for answers.",
      "The same seed gives the same weights. 'train' builds such a network and trains it."
    },
    footer = "  quench create resnet50 --input 3x224x224 --classes 1000 -o resnet50.onnx")
public final class CreateCommand extends QuenchCommand {
  private static final int IMAGE_RANK = 3;

  @Parameters(
      paramLabel = "ARCH",
      description =
          "lenet, nin, nin-gc, vgg-small, resnet18, resnet20, binarynet-mlp, binarynet-conv, resnet50, mobilenet-v2, csp-detector, vgg16, densenet40, shufflenet-v2, efficientnet-b0 or vit-small.")
  private String architecture;

  @Option(
      names = "--input",
      paramLabel = "SHAPE",
      required = true,
      converter = ShapeConverter.class,
      description = "Channels, height and width of the images, such as 3x224x224.")
  private Shape input;

  @Option(
      names = "--classes",
      paramLabel = "N",
      required = true,
      description = "Classes that the network tells apart.")
  private int classes;

  @Option(
      names = "--width",
      paramLabel = "F",
      defaultValue = "1",
      description = "Factor of the numbers of channels; default ${DEFAULT-VALUE}.")
  private double width;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the weights; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "Where the network goes.")
  private Path output;

  @Override
  public void execute() throws IOException {
    checkOutputs(output, OnnxWriter.dataFile(output));
    Model network = build();
    ModelCost cost = ModelCost.of(network);
    OnnxWriter.write(network, output);
    long bytes = Files.size(output);
    ObjectNode root = Json.object();
    root.put("output", output.toString()).put("sizeBytes", bytes);
    root.put("parameters", cost.parameters()).put("macs", cost.macs());
    report(root);
    say(
        "%s parameters, %s multiply-accumulates: %s (%s)"
            .formatted(
                Text.count(cost.parameters()), Text.count(cost.macs()), output, Text.bytes(bytes)));
  }

  private Model build() {
    if (input.rank() != IMAGE_RANK) {
      throw wrongUsage("--input takes channels, height and width, such as 3x224x224; got " + input);
    }
    try {
      return Architecture.named(architecture)
          .build(
              NetworkOptions.CIFAR
                  .withClasses(classes)
                  .withInput(
                      Math.toIntExact(input.size(0)),
                      Math.toIntExact(input.size(1)),
                      Math.toIntExact(input.size(2)))
                  .withWidthMultiplier(width)
                  .withSeed(seed));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }
}
