// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.training.BinaryTrainingOptions;
import dev.quench.compress.binary.FloatLayer;
import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.train.program.FrozenParameters;
import dev.quench.compress.train.quantize.Levels;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.ValueType;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.pipeline.train.PixelMetadata;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The options that say what to train: a network of the zoo or a model, and with how many bits.
@OptionGroup("Network")
final class NetworkChoice {
  private static final String INPUT = "image";
  private static final int READ_AT_ONCE = 500;

  /// Bits of weights or activations.
  ///
  /// @param count 32 for float, 1.5 for three levels
  record Bits(double count) {
    boolean isFloat() {
      return count == TrainingScheme.FLOAT;
    }

    boolean isQuantized() {
      return count >= Levels.FEWEST_BITS && count <= Levels.MOST_BITS;
    }

    boolean isTernary() {
      return count == 1.5;
    }

    boolean isBinary() {
      return count == 1;
    }
  }

  @Option(
      names = "--arch",
      paramLabel = "A",
      description =
          "Network to build: lenet, nin, nin-gc, vgg-small, resnet18, resnet20, binarynet-mlp, binarynet-conv, resnet50 or mobilenet-v2.")
  private @Nullable String architecture;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "Instead of --arch: ONNX file to continue training from.")
  private @Nullable Path model;

  @Option(
      names = "--width",
      paramLabel = "F",
      defaultValue = "1",
      description = "Factor on the channel counts of --arch; default ${DEFAULT-VALUE}.")
  private double width;

  @Option(names = "--no-shortcuts", description = "Leave out the shortcuts of vgg-small.")
  private boolean withoutShortcuts;

  @Option(
      names = "--weights",
      paramLabel = "BITS",
      defaultValue = "32",
      converter = BitsConverter.class,
      description =
          "Bits of the weights: 32, 2 to 16 (integers with a scale), 1.5 (-1, 0, +1) or 1 (-1, +1); the last two leave the first and last layer float. Default ${DEFAULT-VALUE}.")
  private Bits weights;

  @Option(
      names = "--activations",
      paramLabel = "BITS",
      defaultValue = "32",
      converter = BitsConverter.class,
      description =
          "Bits of the inputs of layers: 32, 2 to 16, or 1 (the sign, of inner layers). Default ${DEFAULT-VALUE}.")
  private Bits activations;

  @Mixin private BinaryTrainingOptions binary;

  /// @throws picocli.CommandLine.ParameterException if the options do not go together
  void check(QuenchCommand command) {
    if ((architecture == null) == (model == null)) {
      throw command.wrongUsage("give --arch or --model");
    }
    if (activations.isTernary()) {
      throw command.wrongUsage("--activations takes 32, 2 to 16, or 1");
    }
    if (isQuantized() && isBinary()) {
      throw command.wrongUsage(
          "layers of 2 to 16 bits and of 1 or 1.5 bits do not go together; give both --weights and --activations of one kind");
    }
    if (isQuantized() && !(command.isGiven("--weights") && command.isGiven("--activations"))) {
      throw command.wrongUsage(
          "give both --weights 8 and --activations 8, or other bits of 2 to 16; 32 leaves one of them float");
    }
    binary.check(command, binaryBits(), activations.isBinary());
    if (architecture != null) {
      try {
        if (!Architecture.named(architecture).isClassifier()) {
          throw command.wrongUsage(
              architecture
                  + " gives boxes, and train takes networks that give classes; 'create' writes it untrained");
        }
      } catch (IllegalArgumentException e) {
        throw command.wrongUsage(String.valueOf(e.getMessage()));
      }
    }
  }

  /// Whether layers of 2 to 16 bits are trained.
  boolean isQuantized() {
    return weights.isQuantized() || activations.isQuantized();
  }

  /// Bits of the weights, if 2 or more; 32 for float.
  int weightBits() {
    return (int) weights.count();
  }

  /// Bits of the activations, if 2 or more; 32 for float.
  int activationBits() {
    return (int) activations.count();
  }

  /// Whether a model is given, trained before.
  boolean isTrained() {
    return model != null;
  }

  /// Whether the network has binary or ternary layers.
  boolean isBinary() {
    return weights.isBinary() || weights.isTernary() || activations.isBinary();
  }

  /// What the data are opened for: the model, or a stand-in with its input alone.
  Model reader() throws IOException {
    if (model != null) {
      return ModelFile.read(model).model();
    }
    Graph graph = new Graph("reader", OpsetImports.onnx(17));
    Shape shape = Shape.of(Dim.of("N"), Dim.UNKNOWN, Dim.UNKNOWN, Dim.UNKNOWN);
    graph.addInput(INPUT, ValueType.tensor(DataType.FLOAT, shape));
    return new Model(graph, 8);
  }

  /// Whether pixels are to be normalized by what is measured on them.
  boolean measuresPixels() {
    return model == null;
  }

  /// Number of epochs to train with float weights first; 0 for one stage.
  int firstEpochs() {
    return binary.firstEpochs();
  }

  /// The network to train, with float weights if two stages are asked for.
  ///
  /// @param reader of [#reader]
  Model build(Model reader, Dataset data, long seed) throws IOException {
    Model network = architecture == null ? reader : ofZoo(architecture, data, seed);
    if (architecture == null || binary.namesLayers()) {
      binarizeActivations(network);
    }
    if (binary.firstEpochs() == 0) {
      binarizeWeights(network);
    }
    binary.finish(network);
    if (data instanceof IdxDataset pixels) {
      PixelMetadata.record(pixels.normalization(), network);
    }
    return network;
  }

  private void binarizeActivations(Model network) {
    if (!activations.isBinary()) {
      return;
    }
    try {
      if (binary.binarizeActivations(network) == 0) {
        boolean signs = network.graph().nodes().stream().anyMatch(SignPattern::is);
        throw new CommandException(
            description()
                + (signs
                    ? " takes signs already; --activations 32 keeps them"
                    : " has no inner layer that reads a rectified value, such as that of Relu, so nothing to take the sign of; use --activations 32"));
      }
    } catch (IllegalArgumentException e) {
      throw new CommandException(description() + ": " + e.getMessage());
    }
  }

  /// Makes the weights of the network binary or ternary, if they are to be.
  void binarizeWeights(Model network) {
    WeightBits bits = binaryBits();
    if (bits == WeightBits.FLOAT) {
      return;
    }
    try {
      if (binary.binarizeWeights(network, bits) == 0) {
        throw new CommandException(
            description()
                + " has no layer with float weights between its first and its last, so nothing to binarize; use --weights 32");
      }
    } catch (IllegalArgumentException e) {
      throw new CommandException(description() + ": " + e.getMessage());
    }
  }

  /// The inner layers that stay float though 1-bit ones are asked for; none where names choose.
  ///
  /// @param network after [#build] and [#binarizeWeights]
  List<FloatLayer> floatLayers(Model network) {
    return binary.namesLayers()
        ? List.of()
        : FloatLayer.of(network, binaryBits() != WeightBits.FLOAT, activations.isBinary());
  }

  /// The layers of 1-bit or ternary weights that training makes float or gives more bits.
  ///
  /// @param network after [#build]
  List<FloatLayer> layersFromBits(Model network, FrozenParameters frozen) {
    return binaryBits() == WeightBits.FLOAT
        ? FloatLayer.fromBits(network, layer -> !frozen.layers().contains(layer))
        : List.of();
  }

  private String description() {
    return String.valueOf(model == null ? architecture : model);
  }

  private Model ofZoo(String name, Dataset data, long seed) throws IOException {
    Shape shape = null;
    int largest = 0;
    try (Stream<Batch> batches = data.batches(READ_AT_ONCE)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        if (!(batch.labels() instanceof Labels.Classes(var indices))) {
          throw new CommandException(
              data.description() + " has no class labels; training needs one for each sample");
        }
        shape = batch.inputs().values().iterator().next().shape();
        largest = Math.max(largest, indices.stream().mapToInt(Integer::intValue).max().orElse(0));
      }
    }
    if (shape == null || shape.rank() != 4) {
      throw new CommandException(
          "%s gives samples of shape %s; the networks of --arch take images [samples, channels, height, width]"
              .formatted(data.description(), shape));
    }
    return Architecture.named(name)
        .build(
            new NetworkOptions(
                Math.max(2, largest + 1),
                Math.toIntExact(shape.size(1)),
                Math.toIntExact(shape.size(2)),
                Math.toIntExact(shape.size(3)),
                width,
                WeightBits.FLOAT,
                activations.isBinary() && !binary.namesLayers(),
                !withoutShortcuts,
                seed));
  }

  /// What the weights of inner layers are trained as; float too where they have 2 bits or more.
  WeightBits binaryBits() {
    return weights.isBinary()
        ? WeightBits.BINARY
        : weights.isTernary() ? WeightBits.TERNARY : WeightBits.FLOAT;
  }

  /// Turns other text into wrong usage.
  static final class BitsConverter implements ITypeConverter<Bits> {
    @Override
    public Bits convert(String text) {
      try {
        Bits bits = new Bits(Double.parseDouble(text));
        boolean whole = bits.count() == Math.rint(bits.count());
        if (bits.isFloat()
            || bits.isTernary()
            || bits.isBinary()
            || (bits.isQuantized() && whole)) {
          return bits;
        }
      } catch (NumberFormatException e) {
        // refused below, like other numbers
      }
      throw new TypeConversionException("'" + text + "' bits; expected 32, 2 to 16, 1.5 or 1");
    }
  }
}
