// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.input;

import dev.quench.compress.FixedLayers;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.program.ProgramOptions;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Use;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;

/// Puts preprocessing in front of a network as layers that training never changes.
///
/// The exported model then holds what was fitted on the training data, so that test data, and every
/// runtime, get the very same preprocessing. Pixels are normalized before, as the model's metadata
/// say.
public final class InputLayers {
  private static final int MOST_SAMPLES = 10_000;
  private static final int READ_AT_ONCE = 256;
  private static final long AXES_AS_INPUT_OPSET = 18;
  private static final int SIDE = 9;
  private static final double DEVIATION = 1.591;
  private static final float LEAST = 1e-4f;

  private final Graph graph;
  private final int channels;
  private final int height;
  private final int width;

  private InputLayers(Graph graph, Shape input) {
    this.graph = graph;
    this.channels = fixed(input, 1);
    this.height = fixed(input, 2);
    this.width = fixed(input, 3);
  }

  /// Adds the steps in order; each is fitted on what the ones before make of the data.
  ///
  /// @param model with one input of images `[N, C, H, W]` of known size; edited
  /// @param data for training; at most the first 10,000 samples are read
  /// @throws TrainingException if the input is not of that kind, or the data cannot be whitened
  /// @throws IOException if the data cannot be read
  public static void prepend(Model model, List<InputStep> steps, Dataset data) throws IOException {
    Value input = model.graph().requiredInputs().getFirst();
    Shape shape =
        input
            .shape()
            .filter(known -> known.rank() == 4)
            .orElseThrow(() ->
                new TrainingException(
                    "contrast normalization and whitening take images [N, C, H, W], but the model's input is "
                        + input));
    if (model.graph().nodes().stream().anyMatch(FixedLayers::contains)) {
      throw new TrainingException(
          "the model has such layers already, with what they were fitted to; train it without adding more");
    }
    InputLayers layers = new InputLayers(model.graph(), shape);
    Value value = input;
    for (InputStep step : steps) {
      List<Use> uses = List.copyOf(value.uses());
      Value result =
          switch (step) {
            case GCN -> layers.globalContrast(value);
            case LCN -> layers.localContrast(value);
            case ZCA -> layers.whiten(value, Whitening.of(samples(model, value, data)));
          };
      for (Use use : uses) {
        use.node().setInput(use.inputIndex(), result);
      }
      value = result;
      model.graph().sortTopologically();
    }
  }

  private static int fixed(Shape shape, int axis) {
    if (shape.dim(axis) instanceof Dim.Fixed(long size)) {
      return Math.toIntExact(size);
    }
    throw new TrainingException(
        "contrast normalization and whitening need images of a known size, but the input is "
            + shape);
  }

  private Value globalContrast(Value x) {
    Value centred = add("Sub", x, mean(x));
    Value deviation = add("Sqrt", mean(add("Mul", centred, centred)));
    return add("Div", centred, add("Max", deviation, scalar(LEAST)));
  }

  private Value localContrast(Value x) {
    float[] kernel = new float[channels * SIDE * SIDE];
    float[] coverage = coverage(kernel);
    Value weights = constant(Tensor.ofFloats(Shape.of(1, channels, SIDE, SIDE), kernel));
    Value inside = constant(Tensor.ofFloats(Shape.of(1, 1, height, width), coverage));
    Value centred = add("Sub", x, add("Div", blur(x, weights), inside));
    Value variance = add("Div", blur(add("Mul", centred, centred), weights), inside);
    Value deviation = add("Sqrt", variance);
    Value divisor = add("Max", deviation, mean(deviation), scalar(LEAST));
    return add("Div", centred, divisor);
  }

  /// Fills the kernel, and returns for each pixel the sum of the weights inside the image.
  private float[] coverage(float[] kernel) {
    double[] profile = new double[SIDE];
    double sum = 0;
    for (int i = 0; i < SIDE; i++) {
      double distance = i - SIDE / 2;
      profile[i] = Math.exp(-distance * distance / (2 * DEVIATION * DEVIATION));
      sum += profile[i];
    }
    for (int i = 0; i < kernel.length; i++) {
      double weight = profile[i / SIDE % SIDE] * profile[i % SIDE];
      kernel[i] = (float) (weight / (sum * sum) / channels);
    }
    float[] coverage = new float[height * width];
    for (int i = 0; i < coverage.length; i++) {
      coverage[i] =
          (float)
              (inside(profile, i / width, height)
                  * inside(profile, i % width, width)
                  / (sum * sum));
    }
    return coverage;
  }

  private static double inside(double[] profile, int at, int size) {
    double sum = 0;
    for (int i = 0; i < SIDE; i++) {
      int position = at + i - SIDE / 2;
      sum += position >= 0 && position < size ? profile[i] : 0;
    }
    return sum;
  }

  private Value blur(Value x, Value weights) {
    int pad = SIDE / 2;
    return add(NodeBuilder.of("Conv").ints("pads", pad, pad, pad, pad), x, weights);
  }

  private Value whiten(Value x, Whitening whitening) {
    int size = channels * height * width;
    Value flat = add(NodeBuilder.of("Flatten"), x);
    Value mean = constant(Tensor.ofFloats(Shape.of(size), whitening.mean()));
    Value matrix = constant(Tensor.ofFloats(Shape.of(size, size), whitening.matrix()));
    Value white = add("MatMul", add("Sub", flat, mean), matrix);
    return add("Reshape", white, constant(Tensor.vector(0, channels, height, width)));
  }

  private Value mean(Value x) {
    return graph.opsets().version("").orElse(0) < AXES_AS_INPUT_OPSET
        ? add(NodeBuilder.of("ReduceMean").ints("axes", 1, 2, 3), x)
        : add("ReduceMean", x, constant(Tensor.vector(1, 2, 3)));
  }

  private Value scalar(float value) {
    return constant(Tensor.scalar(value));
  }

  private Value constant(Tensor tensor) {
    return graph.addConstant(FixedLayers.PREFIX + "constant", tensor);
  }

  private Value add(String type, Value... inputs) {
    return add(NodeBuilder.of(type), inputs);
  }

  private Value add(NodeBuilder node, Value... inputs) {
    String name = graph.uniqueNodeName(FixedLayers.LAYER);
    String output = graph.uniqueName(FixedLayers.PREFIX + "value");
    return graph.append(node.name(name).inputs(inputs).output(output)).output(0);
  }

  /// What the network's layers up to `value` make of the data.
  private static List<float[]> samples(Model model, Value value, Dataset data) throws IOException {
    LibTorch.require();
    Dataset read = data.limit(MOST_SAMPLES);
    List<float[]> samples = new ArrayList<>();
    ProgramOptions options = ProgramOptions.PLAIN.withTaps(List.of(value.name()));
    try (Program program = Program.compile(model.copy(), options);
        Stream<Batch> batches = read.batches(READ_AT_ONCE)) {
      String input = program.input().name();
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        Tensor images = batch.inputs().get(input);
        if (images == null) {
          throw new DataException(
              "%s gives no '%s', which the network reads".formatted(data.description(), input));
        }
        try (PointerScope _ = new PointerScope();
            NoGradGuard _ = new NoGradGuard()) {
          var given = torch.empty(images.shape().sizes());
          NativeFloats.copy(images.toFloats(), given);
          var made = program.runAll(given, false, Compute.FP32)[1].contiguous();
          float[] values = NativeFloats.toArray(made);
          int length = values.length / batch.size();
          for (int i = 0; i < batch.size(); i++) {
            samples.add(Arrays.copyOfRange(values, i * length, (i + 1) * length));
          }
        }
      }
    }
    return samples;
  }
}
