// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.dimension;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;

/// Whether a tensor of a batch equals the results of single samples, concatenated along one axis or
/// identical for all.
final class JoinedSamples {
  /// The order of summation may depend on the batch size.
  private static final double TOLERANCE = 1e-4;

  private JoinedSamples() {}

  /// @param parts the tensor for each sample alone, at least one
  static boolean match(Tensor all, List<Tensor> parts) {
    Shape part = parts.getFirst().shape();
    if (parts.stream().anyMatch(each -> !each.shape().equals(part))) {
      return true; // the size depends on the values, as of what is found: nothing to hold it
      // against
    }
    if (all.dataType() == DataType.STRING) {
      return all.elements() == parts.size() * part.elements() || all.shape().equals(part);
    }
    if (all.shape().equals(part)) {
      return parts.stream().allMatch(each -> areClose(all, List.of(each), 0));
    }
    if (all.shape().rank() != part.rank()) {
      return false;
    }
    for (int axis = 0; axis < part.rank(); axis++) {
      Shape joined = part.with(axis, Dim.of(part.size(axis) * parts.size()));
      if (joined.equals(all.shape()) && areClose(all, parts, axis)) {
        return true;
      }
    }
    return false;
  }

  private static boolean areClose(Tensor all, List<Tensor> parts, int axis) {
    double[] together = all.toDoubles();
    double greatest = 0;
    for (double value : together) {
      greatest = Double.isFinite(value) ? Math.max(greatest, Math.abs(value)) : greatest;
    }
    long[] sizes = parts.getFirst().shape().sizes();
    int outer = 1;
    for (int i = 0; i < axis; i++) {
      outer *= (int) sizes[i];
    }
    int block = outer == 0 ? 0 : Math.toIntExact(parts.getFirst().elements() / outer);
    for (int i = 0; i < parts.size(); i++) {
      double[] alone = parts.get(i).toDoubles();
      for (int o = 0; o < outer; o++) {
        for (int k = 0; k < block; k++) {
          double a = together[(o * parts.size() + i) * block + k];
          double b = alone[o * block + k];
          if (Double.compare(a, b) != 0 && !(Math.abs(a - b) <= TOLERANCE * greatest)) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
