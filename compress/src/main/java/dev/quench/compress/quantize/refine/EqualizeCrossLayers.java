// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.Rewrite;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Balances the ranges of the channels between layers, so that one INT8 scale fits all of them.
///
/// For layers W¹ → f → W² with f(x / s) = f(x) / s: W¹ and its bias are divided by s on each output
/// channel, W² is multiplied by s on each input channel, with s = √(r¹ / r²), r² the largest |W²|
/// of the channel and r¹ the largest |W¹|, or the largest activation where it was measured. What
/// the model computes stays the same but for rounding. Repeated over all pairs until no s differs
/// from 1 by more than a thousandth.
///
/// Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction,
/// ICCV 2019, equation 11; with activations as r¹ that of SmoothQuant (Xiao et al., ICML 2023,
/// equation 4, α = ½), which suits weights quantized per channel, whose rows need no balance.
/// Differs: several readers are balanced together, and s stays between 2⁻¹⁰ and 2¹⁰.
///
/// Fold BatchNormalization first. As a pass it needs no data, only weights. Immutable.
public final class EqualizeCrossLayers implements Rewrite {
  private static final double TOLERANCE = 1e-3;
  private static final double LARGEST_SCALE = 1024;
  private static final int MAX_SWEEPS = 100;
  private static final ChannelRanges UNMEASURED = _ -> Optional.empty();

  /// Names of the activations between layers that can be balanced, in graph order.
  public static Set<String> tensors(Model model) {
    Set<String> names = new LinkedHashSet<>();
    for (EqualizationPair pair : EqualizationPair.of(model.graph())) {
      pair.read().forEach(value -> names.add(value.name()));
    }
    return names;
  }

  @Override
  public String name() {
    return "equalize-cross-layers";
  }

  @Override
  public boolean apply(Model model) {
    return balance(model, UNMEASURED);
  }

  /// Balances activations, not weights alone. Not to be repeated with the same ranges: they are
  /// those of the model as it was.
  ///
  /// @param measured of the tensors of [#tensors] in this very model; where one is missing, weights
  ///   decide
  /// @return whether the model was edited
  public static boolean balance(Model model, ChannelRanges measured) {
    List<EqualizationPair> pairs = EqualizationPair.of(model.graph());
    double[][] total = new double[pairs.size()][];
    Arrays.setAll(total, i -> ones(pairs.get(i).channels()));
    boolean changed = false;
    boolean settled = false;
    for (int sweep = 0; sweep < MAX_SWEEPS && !settled; sweep++) {
      settled = true;
      for (int i = 0; i < pairs.size(); i++) {
        double[] scales = scales(pairs.get(i), measured, total[i]);
        if (Arrays.stream(scales).anyMatch(s -> Math.abs(Math.log(s)) > TOLERANCE)) {
          pairs.get(i).apply(scales);
          for (int c = 0; c < scales.length; c++) {
            total[i][c] *= scales[c];
          }
          changed = true;
          settled = false;
        }
      }
    }
    return changed;
  }

  /// @param total what the pair was scaled by before
  private static double[] scales(EqualizationPair pair, ChannelRanges measured, double[] total) {
    double[] produced = measured(pair, measured, total).orElseGet(pair::producerRanges);
    double[] consumed = pair.consumerRanges();
    double[] scales = new double[produced.length];
    for (int c = 0; c < scales.length; c++) {
      double wanted =
          produced[c] == 0 || consumed[c] == 0 ? 1 : Math.sqrt(produced[c] / consumed[c]);
      scales[c] = Math.clamp(total[c] * wanted, 1 / LARGEST_SCALE, LARGEST_SCALE) / total[c];
    }
    return scales;
  }

  private static Optional<double[]> measured(
      EqualizationPair pair, ChannelRanges activations, double[] total) {
    double[] largest = new double[total.length];
    for (Value value : pair.read()) {
      Optional<double[]> ranges = activations.largest(value.name());
      if (ranges.isEmpty()) {
        return Optional.empty();
      }
      int perChannel = ranges.get().length / largest.length;
      for (int i = 0; i < ranges.get().length; i++) {
        largest[i / perChannel] = Math.max(largest[i / perChannel], ranges.get()[i]);
      }
    }
    for (int c = 0; c < largest.length; c++) {
      largest[c] /= total[c];
    }
    return Optional.of(largest);
  }

  private static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }
}
