// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.compress.quantize.refine.FeatureStatistics.Features;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.WeightLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Moves what makes activations hard to quantize, few features far larger than the others, into the
/// weights of the products that read them. What the model computes stays the same but for rounding.
///
/// For Y = X W: X / s and s W, s_j = max|X_j|^α / max|W_j|^(1−α), where all products that read X,
/// such as Q, K and V, share s. The division goes into the LayerNormalization or the factors in
/// front, see [SmoothingSite].
///
/// Source: Xiao et al., SmoothQuant, ICML 2023, equation 4. Differs: s stays between 2⁻¹⁰ and 2¹⁰;
/// and unless α is given, each activation gets the one of 0.1, 0.2, … 0.9, or none, that has the
/// least expected rounding noise in Y, from a uniform error of a step of one scale for all of X and
/// one for each column of W: Σ (Δx² s_j² W_jn² + Δw_n² mean(X_j²) / s_j²) / 12.
public final class SmoothActivations {
  private static final double LARGEST_SCALE = 1024;
  private static final double LEVELS = 127;
  private static final int STEPS = 10;

  /// What became of one activation.
  ///
  /// @param products descriptions of the nodes that read it
  /// @param alpha that it was smoothed with; empty where it was left as it is
  /// @param noiseDecibels by how much the expected rounding noise of the products changed; negative
  ///   is less
  public record Smoothed(
      String activation, List<String> products, OptionalDouble alpha, double noiseDecibels) {
    public Smoothed {
      products = List.copyOf(products);
    }
  }

  private SmoothActivations() {}

  /// Names of the activations that can be smoothed, in graph order.
  public static Set<String> tensors(Model model) {
    Set<String> names = new LinkedHashSet<>();
    SmoothingSite.of(model.graph()).forEach(site -> names.add(site.activation().name()));
    return names;
  }

  /// Edits `model` in place. Ranges are those of the model afterwards.
  ///
  /// @param measured of the tensors of [#tensors] in this very model; others stay as they are
  /// @param alpha 0 to 1, how much of the difficulty moves into the weights; empty to search it
  /// @throws IllegalArgumentException if α is outside 0 to 1
  public static List<Smoothed> apply(
      Model model, FeatureStatistics measured, OptionalDouble alpha) {
    if (alpha.isPresent() && !(alpha.getAsDouble() >= 0 && alpha.getAsDouble() <= 1)) {
      throw new IllegalArgumentException("alpha must be from 0 to 1, got " + alpha.getAsDouble());
    }
    List<Smoothed> smoothed = new ArrayList<>();
    for (SmoothingSite site : SmoothingSite.of(model.graph())) {
      Optional<Features> features =
          measured
              .of(site.activation().name())
              .filter(each -> each.largest().length == site.features());
      if (features.isPresent()) {
        smoothed.add(smooth(site, features.get(), alpha));
      }
    }
    return smoothed;
  }

  private static Smoothed smooth(SmoothingSite site, Features features, OptionalDouble alpha) {
    double[] weights = site.largestWeights();
    double[] ones = new double[site.features()];
    Arrays.fill(ones, 1);
    double before = noise(site, features, ones);
    OptionalDouble best = alpha;
    double after = before;
    if (alpha.isPresent()) {
      after = noise(site, features, scales(features, weights, alpha.getAsDouble()));
    } else {
      for (int step = 1; step < STEPS; step++) {
        double tried = (double) step / STEPS;
        double noise = noise(site, features, scales(features, weights, tried));
        if (noise < after) {
          after = noise;
          best = OptionalDouble.of(tried);
        }
      }
    }
    best.ifPresent(chosen -> site.apply(scales(features, weights, chosen)));
    return new Smoothed(
        site.activation().name(),
        site.products().stream().map(Node::describe).toList(),
        best,
        before > 0 && after > 0 ? 10 * Math.log10(after / before) : 0);
  }

  private static double[] scales(Features features, double[] weights, double alpha) {
    double[] scales = new double[weights.length];
    for (int j = 0; j < scales.length; j++) {
      double reached = features.largest()[j];
      double wanted =
          reached == 0 || weights[j] == 0
              ? 1
              : Math.pow(reached, alpha) / Math.pow(weights[j], 1 - alpha);
      scales[j] = Math.clamp(wanted, 1 / LARGEST_SCALE, LARGEST_SCALE);
    }
    return scales;
  }

  /// Expected squared error of all products at one position, times 12.
  private static double noise(SmoothingSite site, Features features, double[] scales) {
    double reached = 0;
    double strength = 0;
    for (int j = 0; j < scales.length; j++) {
      reached = Math.max(reached, features.largest()[j] / scales[j]);
      strength += features.meanSquare()[j] / (scales[j] * scales[j]);
    }
    double step = reached / LEVELS;
    double noise = 0;
    for (Node product : site.products()) {
      WeightLayout layout = WeightLayout.of(product).orElseThrow();
      float[] weights = product.input(1).constant().orElseThrow().toFloats();
      double[] largest = new double[Math.toIntExact(layout.outputChannels())];
      double squares = 0;
      for (int i = 0; i < weights.length; i++) {
        double weight = weights[i] * scales[layout.inputChannel(i)];
        int column = layout.outputChannel(i);
        largest[column] = Math.max(largest[column], Math.abs(weight));
        squares += weight * weight;
      }
      noise += step * step * squares;
      for (double reachedByWeights : largest) {
        double weightStep = reachedByWeights / LEVELS;
        noise += weightStep * weightStep * strength;
      }
    }
    return noise;
  }
}
