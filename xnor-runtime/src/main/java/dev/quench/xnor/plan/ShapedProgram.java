// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.BackendException;
import dev.quench.tensor.Shape;
import dev.quench.xnor.kernel.BinaryConvolution;
import dev.quench.xnor.kernel.Geometry;
import dev.quench.xnor.recognize.Instruction;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A [Program] for inputs of one shape: the sizes of all values, and convolutions with their
/// thresholds. Immutable, thread-safe.
public final class ShapedProgram {
  private final Program program;
  private final Model model;
  private final IdentityHashMap<Value, Value> flattened = new IdentityHashMap<>();
  private final IdentityHashMap<Instruction, BinaryConvolution> convolutions =
      new IdentityHashMap<>();

  /// @param shapes of the inputs by name, static
  /// @throws dev.quench.QuenchException if the network cannot take inputs of these shapes
  public ShapedProgram(Program program, Map<String, Shape> shapes) {
    this.program = program;
    this.model = program.model().copy();
    ShapeInference.withInputShapes(model, shapes);
    for (Instruction instruction : program.instructions()) {
      switch (instruction) {
        case Instruction.Flatten(Value input, Value output) -> flattened.put(output, input);
        case Instruction.ThresholdConvolution layer -> {
          Geometry geometry = geometry(layer.input(), layer.window());
          int images = stacked(layer.input(), geometry);
          convolutions.put(
              layer, BinaryConvolution.toBits(geometry, images, layer.weights(), layer.signs()));
        }
        case Instruction.Convolution layer -> {
          Geometry geometry = geometry(layer.input(), layer.window());
          int images = stacked(layer.input(), geometry);
          convolutions.put(
              layer,
              BinaryConvolution.toFloats(geometry, images, layer.weights(), layer.function()));
        }
        case Instruction.Subgraph _,
            Instruction.Binarize _,
            Instruction.BitMaxPool _,
            Instruction.ChannelShuffle _,
            Instruction.Channelwise _,
            Instruction.MaxPool _,
            Instruction.Add _,
            Instruction.Lookup _ -> {}
      }
    }
  }

  public Program program() {
    return program;
  }

  /// The convolution that an instruction of this program runs at this input size.
  ///
  /// @throws IllegalArgumentException if the instruction is not a convolution of this program
  public BinaryConvolution convolution(Instruction instruction) {
    BinaryConvolution convolution = convolutions.get(instruction);
    if (convolution == null) {
      throw new IllegalArgumentException(instruction + " is not a convolution of this program");
    }
    return convolution;
  }

  /// The geometry of a window over a value.
  ///
  /// @param window null for the whole value
  public Geometry geometry(Value input, @Nullable SlidingWindow window) {
    ActivationShape shape = activation(input);
    return Geometry.of(
        window == null ? SlidingWindow.whole(shape.height(), shape.width()) : window,
        shape.height(),
        shape.width());
  }

  /// How many images a layer computes as one row: all if each has one output pixel, else 1.
  private int stacked(Value input, Geometry geometry) {
    return geometry.outPixels() == 1 ? activation(input).images() : 1;
  }

  /// The shape of a value for these inputs, in the graph's layout.
  ///
  /// @throws BackendException if the input shapes do not determine it
  public Shape shape(Value value) {
    Shape shape = model.graph().value(value.name()).flatMap(Value::shape).orElse(null);
    if (shape == null || !shape.isStatic()) {
      throw new BackendException(
          "xnor: cannot infer the shape of '%s' from the shapes of the inputs (%s); export the model with fixed shapes"
              .formatted(value.name(), shape == null ? "unknown" : shape));
    }
    return shape;
  }

  /// The dimensions of a value in memory; for a flattened value, those before flattening.
  public ActivationShape activation(Value value) {
    Value source = flattened.get(value);
    if (source != null) {
      return activation(source);
    }
    Shape shape = shape(value);
    boolean pixels = shape.rank() == 4;
    return new ActivationShape(
        Math.toIntExact(shape.size(0)),
        Math.toIntExact(shape.size(1)),
        pixels ? Math.toIntExact(shape.size(2)) : 1,
        pixels ? Math.toIntExact(shape.size(3)) : 1);
  }
}
