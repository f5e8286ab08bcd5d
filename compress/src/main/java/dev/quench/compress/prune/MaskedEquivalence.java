// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune;

import dev.quench.compress.prune.structure.PruningException;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How far a pruned model is from the original in which the channels that were cut are zero.
///
/// Where an output is a sigmoid, a softmax or the like, which hide what is far from 0, or the place
/// of the largest value, what they read is compared too, and the output itself against its range of
/// 1.
///
/// @param worst largest over all outputs of max |a − b| / max |a|, on two seeded random inputs
/// @param backend where both ran, without optimization
public record MaskedEquivalence(double worst, String backend) {
  /// Largest error of a model in single precision: what another order of summation makes.
  public static final double BOUND = 1e-4;

  /// With 11 or 8 bits of a mantissa, and where a sum on the edge of a quantization step may fall
  /// to either side.
  private static final double COARSE_BOUND = 5e-2;

  private static final int INPUTS = 2;

  /// The largest error that another order of summation makes in a model.
  static double bound(Model model) {
    boolean coarse =
        model.graph().nodes().stream().anyMatch(node -> node.is("QuantizeLinear"))
            || model.graph().initializers().stream()
                .anyMatch(value ->
                    value.dataType().equals(Optional.of(DataType.FLOAT16))
                        || value.dataType().equals(Optional.of(DataType.BFLOAT16)));
    return coarse ? COARSE_BOUND : BOUND;
  }

  /// How far a model whose channels changed places is from the original.
  ///
  /// @param inputShapes of inputs with free dimensions
  /// @throws PruningException if an output differs by more than another order of summation makes
  public static MaskedEquivalence ofOrder(
      Model original, Model reordered, Map<String, Shape> inputShapes, Backend backend) {
    SettledInputs inputs = SettledInputs.of(original, inputShapes);
    return check(original, reordered, inputs, backend, bound(original));
  }

  /// @throws PruningException if an output differs in shape or by more than `bound`
  static MaskedEquivalence check(
      Model masked, Model pruned, SettledInputs inputs, Backend backend, double bound) {
    Set<String> saturated = new HashSet<>();
    Model wanted = opened(masked, saturated);
    Model judged = opened(pruned, saturated);
    double worst = 0;
    SessionOptions options = SessionOptions.DEFAULT.withOptimization(false);
    for (int seed = 1; seed <= INPUTS; seed++) {
      Map<String, Tensor> fed = inputs.random(seed);
      Map<String, Tensor> expected = run(wanted, fed, backend, options);
      Map<String, Tensor> actual = run(judged, fed, backend, options);
      for (Map.Entry<String, Tensor> each : expected.entrySet()) {
        Tensor found = actual.get(each.getKey());
        if (found == null || !found.shape().equals(each.getValue().shape())) {
          throw new PruningException(
              "output '%s' of the pruned model is %s, expected %s; nothing is written, please report it with the model"
                  .formatted(each.getKey(), found, each.getValue()));
        }
        double scale = saturated.contains(each.getKey()) ? 1 : 0;
        worst = Math.max(worst, error(each.getValue(), found, scale));
      }
    }
    if (!(worst <= bound)) {
      throw new PruningException(
          "the pruned model differs by %.2g from the original with zeros in place of the channels, expected at most %.2g; nothing is written, please report it with the model"
              .formatted(worst, bound));
    }
    return new MaskedEquivalence(worst, backend.name());
  }

  /// A copy that also gives what saturating outputs are computed from.
  private static Model opened(Model model, Set<String> saturated) {
    Model copy = model.copy();
    for (Value output : List.copyOf(copy.graph().outputs())) {
      Node producer = output.producer().orElse(null);
      if (producer != null && isSaturating(producer)) {
        saturated.add(output.name());
        Value read = producer.input(0);
        if (read.producer().isPresent() && !read.isGraphOutput()) {
          copy.graph().addOutput(read);
        }
      }
    }
    return copy;
  }

  private static boolean isSaturating(Node node) {
    return node.is("Sigmoid")
        || node.is("Softmax")
        || node.is("HardSigmoid")
        || node.is("Tanh")
        || node.is("ArgMax")
        || node.is("ArgMin")
        || node.is("TopK");
  }

  private static Map<String, Tensor> run(
      Model model, Map<String, Tensor> inputs, Backend backend, SessionOptions options) {
    try (Session session = backend.open(model, options)) {
      return session.run(inputs);
    }
  }

  private static double error(Tensor expected, Tensor actual, double scale) {
    if (!expected.dataType().isFloating()) {
      boolean numeric = expected.dataType().isInteger() || expected.dataType() == DataType.BOOL;
      return numeric && !expected.contentEquals(actual) ? 1 : 0;
    }
    double largest = scale;
    double difference = 0;
    long finite = 0;
    for (long i = 0; i < expected.elements(); i++) {
      double a = expected.doubleAt(i);
      double b = actual.doubleAt(i);
      finite += Double.isFinite(a) ? 1 : 0;
      if ((Double.isNaN(a) && Double.isNaN(b)) || a == b) {
        largest = Math.max(largest, Double.isFinite(a) ? Math.abs(a) : 0);
        continue;
      }
      largest = Math.max(largest, Math.abs(a));
      difference = Math.max(difference, Double.isNaN(a - b) ? Double.MAX_VALUE : Math.abs(a - b));
    }
    if (finite == 0 && expected.elements() > 0) {
      throw new PruningException(
          "an output of the model has no finite number on random inputs, so nothing is proved; mend its weights");
    }
    return difference == 0 ? 0 : largest == 0 ? Double.MAX_VALUE : difference / largest;
  }
}
