// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Transformation;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Sets the weights of least magnitude to zero and leaves all shapes as they are: the file
/// compresses better, but no layer gets faster where kernels are dense.
///
/// Source: Han et al., Learning both weights and connections, NeurIPS 2015. Weights of `Conv`,
/// `ConvTranspose`, `Gemm` and `MatMul` in FLOAT, DOUBLE, FLOAT16 or BFLOAT16 count; biases do not.
/// All weights of the least magnitude that stays, stay.
///
/// @param share of the weights that becomes zero, in (0, 1)
/// @param global whether one threshold holds for all layers, else each loses the share
public record MagnitudeMask(double share, boolean global)
    implements Transformation<MagnitudeMask.Report> {
  /// @param weights all that count
  /// @param zeros those of them that are zero now
  /// @param layers tensors that hold them
  public record Report(long weights, long zeros, int layers) {}

  /// @throws IllegalArgumentException unless the share lies between 0 and 1
  public MagnitudeMask {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException(
          "expected a ratio between 0 and 1, the share to set to zero, got " + share);
    }
  }

  @Override
  public String name() {
    return "magnitude-mask";
  }

  /// @throws PruningException if there is no such layer, or weights hold NaN or infinity
  @Override
  public Report apply(Model model) {
    Graph graph = model.graph();
    List<Value> layers = layers(graph);
    if (layers.isEmpty()) {
      throw new PruningException(
          "no weights can be set to zero: no layer has constant float weights");
    }
    List<double[]> magnitudes = new ArrayList<>();
    for (Value layer : layers) {
      magnitudes.add(magnitudes(layer));
    }
    double[] all =
        global ? magnitudes.stream().flatMapToDouble(Arrays::stream).toArray() : new double[0];
    double threshold = global ? threshold(all) : 0;
    long weights = 0;
    long zeros = 0;
    for (int i = 0; i < layers.size(); i++) {
      double[] own = magnitudes.get(i);
      weights += own.length;
      zeros += mask(graph, layers.get(i), own, global ? threshold : threshold(own));
    }
    return new Report(weights, zeros, layers.size());
  }

  private static List<Value> layers(Graph graph) {
    Set<Value> found = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      boolean layer =
          node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("MatMul");
      for (int input = 0; layer && input < 2; input++) {
        Value value = node.input(input);
        if (value.initializer().isPresent()
            && !value.isGraphInput()
            && value.shape().filter(shape -> shape.rank() >= 2).isPresent()
            && value.dataType().filter(TensorArrays::supports).isPresent()) {
          found.add(value);
        }
      }
    }
    return List.copyOf(found);
  }

  private static double[] magnitudes(Value layer) {
    double[] values = layer.initializer().orElseThrow().toDoubles();
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new PruningException(
            "weights '%s' hold NaN or infinity, so they cannot be ranked; train the model anew or mend the file"
                .formatted(layer.name()));
      }
      values[i] = Math.abs(values[i]);
    }
    return values;
  }

  /// The least magnitude that stays.
  private double threshold(double[] magnitudes) {
    double[] sorted = magnitudes.clone();
    Arrays.sort(sorted);
    int gone = (int) Math.min(sorted.length - 1L, Math.round(share * sorted.length));
    return sorted[gone];
  }

  private static long mask(Graph graph, Value layer, double[] magnitudes, double threshold) {
    Tensor tensor = layer.initializer().orElseThrow();
    DataType type = tensor.dataType();
    int width = type.bits() / 8;
    byte[] bytes = tensor.bytes().toArray(ValueLayout.JAVA_BYTE);
    long zeros = 0;
    for (int i = 0; i < magnitudes.length; i++) {
      if (magnitudes[i] < threshold) {
        Arrays.fill(bytes, i * width, (i + 1) * width, (byte) 0);
        zeros++;
      } else if (magnitudes[i] == 0) {
        zeros++;
      }
    }
    Shape shape = tensor.shape();
    graph.setInitializer(layer, Tensor.of(type, shape, MemorySegment.ofArray(bytes)));
    return zeros;
  }
}
