// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.BackendException;
import dev.quench.tensor.Shape;
import dev.quench.xnor.kernel.BinaryLayer;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.Geometry;
import dev.quench.xnor.kernel.SignRule;
import dev.quench.xnor.kernel.WeightPanels;
import dev.quench.xnor.kernel.Window;
import dev.quench.xnor.recognize.Operation;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/// A [Program] for inputs of one shape: sizes of all values, layers with their thresholds, and the
/// frames of runs that are over, ready for the next. Thread-safe.
public final class ShapedProgram implements AutoCloseable {
  private final Program program;
  private final Model model;
  private final IdentityHashMap<Operation, BinaryLayer> layers = new IdentityHashMap<>();
  private final ConcurrentLinkedDeque<Frame> idle = new ConcurrentLinkedDeque<>();
  private boolean closed;

  /// @param shapes of the inputs by name, static
  /// @throws dev.quench.QuenchException if the network cannot take inputs of these shapes
  public ShapedProgram(Program program, Map<String, Shape> shapes) {
    this.program = program;
    this.model = program.model().copy();
    ShapeInference.withInputShapes(model, shapes);
    for (Operation operation : program.operations()) {
      switch (operation) {
        case Operation.BitLayer(
                Value from,
                WeightPanels weights,
                Window window,
                SignRule rule,
                _,
                _) -> {
          Geometry geometry = geometry(from, window);
          layers.put(
              operation, BinaryLayer.toBits(geometry, stacked(from, geometry), weights, rule));
        }
        case Operation.RowLayer(
                Value from,
                WeightPanels weights,
                Window window,
                ChannelFunction affine,
                _) -> {
          Geometry geometry = geometry(from, window);
          layers.put(
              operation, BinaryLayer.toFloats(geometry, stacked(from, geometry), weights, affine));
        }
        case Operation.Region _,
            Operation.PackPlanes _,
            Operation.PackRows _,
            Operation.PoolBits _,
            Operation.ShuffleBits _,
            Operation.PoolRows _,
            Operation.Apply _,
            Operation.Sum _ -> {}
      }
    }
  }

  Program program() {
    return program;
  }

  BinaryLayer layer(Operation operation) {
    BinaryLayer layer = layers.get(operation);
    if (layer == null) {
      throw new IllegalArgumentException(operation + " is no layer of this program");
    }
    return layer;
  }

  /// The window of an operation over a value.
  ///
  /// @param window null for the whole value
  Geometry geometry(Value from, @Nullable Window window) {
    Value source = program.unflattened(from);
    int height = height(source);
    int width = width(source);
    return (window == null ? Window.whole(height, width) : window).over(height, width);
  }

  /// How many images a layer computes as one row: all, when each has one output pixel.
  private int stacked(Value from, Geometry geometry) {
    return geometry.outPixels() == 1 ? images(from) : 1;
  }

  /// The shape of a value for these inputs.
  Shape shape(Value value) {
    Shape shape = model.graph().value(value.name()).flatMap(Value::shape).orElse(null);
    if (shape == null || !shape.isStatic()) {
      throw new BackendException(
          "xnor: the shape of '%s' does not follow from the shapes of the inputs (%s); export the model with fixed shapes"
              .formatted(value.name(), shape == null ? "unknown" : shape));
    }
    return shape;
  }

  int images(Value value) {
    return Math.toIntExact(shape(value).size(0));
  }

  int height(Value value) {
    Shape shape = shape(value);
    return shape.rank() == 4 ? Math.toIntExact(shape.size(2)) : 1;
  }

  int width(Value value) {
    Shape shape = shape(value);
    return shape.rank() == 4 ? Math.toIntExact(shape.size(3)) : 1;
  }

  int pixels(Value value) {
    return Math.multiplyExact(height(value), width(value));
  }

  /// A frame for one run; give it back with [#release].
  public Frame acquire(int largestTeam) {
    Frame frame = idle.pollFirst();
    return frame == null ? Frame.of(this, largestTeam) : frame;
  }

  public synchronized void release(Frame frame) {
    if (closed) {
      frame.close();
    } else {
      idle.addFirst(frame);
    }
  }

  /// Frees the memory of all frames, of those in use as soon as they are released.
  @Override
  public synchronized void close() {
    closed = true;
    // Each is taken out first: a run that begins now may take one at the same time.
    for (Frame frame = idle.pollFirst(); frame != null; frame = idle.pollFirst()) {
      frame.close();
    }
  }
}
