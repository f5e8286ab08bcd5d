// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor.product;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.factor.UnfactorableException;
import dev.quench.compress.factor.product.ProductReport.Coded;
import dev.quench.compress.factor.product.ProductReport.Layer;
import dev.quench.compress.factor.product.ProductReport.Whole;
import dev.quench.compress.quantize.ConstantOperand;
import dev.quench.graph.GraphValidator;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.Backend;
import dev.quench.run.Progress;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Stores the weights of `Conv`, `Gemm` and `MatMul` as words of small codebooks and codes of one
/// byte:
///
/// ```java
/// ProductQuantizedModel small = ProductQuantization.of(model).fitTo(backend, samples).run();
/// ```
///
/// The input channels of a layer are cut into pieces; of each piece, the weights of all outputs at
/// all places of the kernel are replaced by the nearest of a few words. With samples, words and
/// codes are then fitted to what the layer gives, one layer after the other, each to what the coded
/// layers before leave it; see [ErrorCorrection]. Layers that read the inputs of the graph stay,
/// since accuracy hangs on them most. Source: Wu et al., Quantized convolutional neural networks
/// for mobile devices, CVPR 2016. Set it up and run it in one thread.
public final class ProductQuantization {
  private static final long SEED = 2016;
  private static final int LARGEST_ROWS = 4608;
  private static final int LEAST_WORDS = 4;
  private static final int MOST_WORDS = 256;

  private final Model model;
  private int length = 8;
  private int words = 128;
  private double operations = 0.25;
  private NodeSelection excluded = NodeSelection.NONE;
  private @Nullable LayerInputs inputs;
  private Progress progress = Progress.NONE;

  private ProductQuantization(Model model) {
    this.model = model;
  }

  /// @param model not modified
  public static ProductQuantization of(Model model) {
    return new ProductQuantization(model);
  }

  /// Channels of a piece at most; 8 unless set. A layer takes the largest that divides its input
  /// channels.
  public ProductQuantization length(int channels) {
    if (channels < 2) {
      throw new IllegalArgumentException("pieces have 2 channels or more, got " + channels);
    }
    length = channels;
    return this;
  }

  /// Words of each piece at most; 128 unless set. A layer takes fewer where its tables would take
  /// too many operations.
  public ProductQuantization words(int count) {
    if (count < LEAST_WORDS || count > MOST_WORDS) {
      throw new IllegalArgumentException("a piece has 4 to 256 words, got " + count);
    }
    words = count;
    return this;
  }

  /// Operations that a layer may take with tables, as a share of its MACs at stride 1; a quarter
  /// unless set. A layer that cannot stays whole.
  public ProductQuantization operations(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "expected a share of operations between 0 and 1, got " + share);
    }
    operations = share;
    return this;
  }

  /// Leaves these nodes as they are.
  public ProductQuantization excluding(NodeSelection nodes) {
    excluded = nodes;
    return this;
  }

  /// Corrects errors on these samples.
  ///
  /// @param samples inputs by name, samples along the first axis
  public ProductQuantization fitTo(Backend backend, List<Map<String, Tensor>> samples) {
    inputs = new LayerInputs(backend, List.copyOf(samples));
    return this;
  }

  /// Hears of each layer.
  public ProductQuantization progress(Progress chosen) {
    progress = chosen;
    return this;
  }

  /// Codes what fits.
  public ProductQuantizedModel run() {
    Model work = model.copy();
    ShapeInference.infer(work);
    List<Node> nodes = List.copyOf(work.graph().nodes());
    List<Layer> layers = new ArrayList<>();
    Map<CodedLayer, CodebookWeights> coded = new LinkedHashMap<>();
    progress.begin("coding", nodes.size());
    try {
      for (Node node : nodes) {
        if (node.is("Conv") || node.is("Gemm") || node.is("MatMul")) {
          layers.add(code(node, work, coded));
        }
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    coded.forEach((layer, stored) -> replace(layer, stored));
    ShapeInference.refresh(work);
    GraphValidator.validate(work);
    return new ProductQuantizedModel(work, new ProductReport(layers));
  }

  private Layer code(Node node, Model work, Map<CodedLayer, CodebookWeights> coded) {
    String name = node.name().isEmpty() ? node.output(0).name() : node.name();
    try {
      CodedLayer layer = layer(node);
      layer.cluster(SEED);
      OptionalDouble plain = OptionalDouble.empty();
      OptionalDouble corrected = OptionalDouble.empty();
      if (inputs != null && layer.rows() <= LARGEST_ROWS) {
        ErrorCorrection correction = new ErrorCorrection(model, work, layer, inputs);
        plain = OptionalDouble.of(correction.error());
        correction.run();
        correction.round();
        corrected = OptionalDouble.of(correction.error());
      }
      if (corrected.isEmpty()) {
        layer.round();
      }
      double[][] before = layer.original();
      CodebookWeights stored = layer.stored();
      double error = error(before, layer.coded());
      node.graph().setInitializer(node.input(1), layer.dense(stored));
      coded.put(layer, stored);
      long bytesBefore = 4L * layer.rows() * layer.outputs();
      return new Coded(
          name,
          layer.length(),
          stored.words(),
          bytesBefore,
          bytes(stored),
          operationsOf(stored),
          error,
          plain,
          corrected);
    } catch (UnfactorableException e) {
      return new Whole(name, e.reason());
    }
  }

  private CodedLayer layer(Node node) {
    Value weights = node.input(1);
    Tensor tensor =
        weights
            .initializer()
            .orElseThrow(() -> new UnfactorableException("its weights are not constant"));
    if (excluded.contains(node)) {
      throw new UnfactorableException("excluded");
    }
    if (node.input(0).isGraphInput()) {
      throw new UnfactorableException("it reads the input of the graph");
    }
    if (!TensorArrays.supports(tensor.dataType()) || tensor.dataType() != DataType.FLOAT) {
      throw new UnfactorableException("its weights are " + tensor.dataType());
    }
    if (weights.useCount() > 1 || weights.isGraphInput()) {
      throw new UnfactorableException("something else reads or sets its weights");
    }
    if (!tensor.isFinite()) {
      throw new UnfactorableException("its weights hold NaN or infinity");
    }
    boolean plain =
        node.is("Conv")
            ? tensor.shape().rank() == 4
            : tensor.shape().rank() == 2 && node.intAttribute("transA", 0) == 0;
    WeightLayout layout =
        WeightLayout.of(node, tensor.shape())
            .filter(each -> plain && each.groups() == 1)
            .orElseThrow(() ->
                new UnfactorableException(
                    "it is not a convolution of images in one group or a product of matrices"));
    int channels = Math.toIntExact(layout.inputChannels());
    int piece = length;
    while (channels % piece != 0) {
      piece--;
    }
    long uses = layout.outputChannels() * layout.weightsPerChannel() / layout.inputChannels();
    int count = (int) Math.min(words, (long) ((operations - 1.0 / piece) * uses));
    if (count < LEAST_WORDS) {
      throw new UnfactorableException(
          "with pieces of %d of its %d channels and %d uses of each, tables would take more than %.2f of its operations"
              .formatted(piece, channels, uses, operations));
    }
    return new CodedLayer(node, layout, piece, count);
  }

  private static void replace(CodedLayer layer, CodebookWeights stored) {
    Node node = layer.node();
    Value dense = node.input(1);
    Value weights = stored.addTo(node.graph(), node, dense.name(), layer.kernel());
    node.setInput(1, weights);
    ConstantOperand.removeIfUnused(node.graph(), dense);
  }

  private static long bytes(CodebookWeights stored) {
    long codes = (long) stored.outputs() * stored.taps() * stored.pieces();
    return codes + (long) stored.channels() * stored.words();
  }

  private static double operationsOf(CodebookWeights stored) {
    double uses = (double) stored.outputs() * stored.taps();
    return stored.words() / uses + 1.0 / stored.length();
  }

  private static double error(double[][] before, double[][] after) {
    double square = 0;
    double change = 0;
    for (int o = 0; o < before.length; o++) {
      for (int i = 0; i < before[o].length; i++) {
        double difference = before[o][i] - after[o][i];
        square += before[o][i] * before[o][i];
        change += difference * difference;
      }
    }
    return square == 0 ? 0 : Math.sqrt(change / square);
  }
}
