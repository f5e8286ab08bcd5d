// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.compress.quantize.QuantizedWeights;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.run.Backend;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Takes out of the biases of a quantized model by how much quantization moved the mean of each
/// channel: b ← b − (mean(yᵩ) − mean(y)), layer by layer in graph order, so that each layer is
/// measured with those before it corrected.
///
/// Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction,
/// ICCV 2019, section 4.2, the empirical form of appendix D.
///
/// Cost: one session and one inference of all samples a layer. Set it up in one thread.
public final class BiasCorrection {
  private final Backend backend;
  private Progress progress = Progress.NONE;

  private BiasCorrection(Backend backend) {
    this.backend = backend;
  }

  public static BiasCorrection using(Backend backend) {
    return new BiasCorrection(backend);
  }

  /// Hears of each layer.
  public BiasCorrection progress(Progress listener) {
    progress = listener;
    return this;
  }

  /// @param model float, as it was before [InsertQdq][dev.quench.compress.quantize.InsertQdq]
  /// @param quantized edited in place: biases of `Conv`, `ConvTranspose` and `Gemm` change or are
  ///   added, as INT32 to a layer that reads UINT8
  /// @param samples inputs to run, at least one
  /// @return names of the layers that were corrected
  /// @throws IllegalArgumentException if the samples are empty
  /// @throws dev.quench.run.BackendException if the backend fails
  public List<String> correct(Model model, Model quantized, List<Map<String, Tensor>> samples) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("bias correction needs at least one sample");
    }
    List<QuantizedWeights> layers =
        QuantizedWeights.of(quantized, model).stream()
            .filter(layer -> hasCorrectableBias(layer.node()))
            .toList();
    Set<String> outputs = new LinkedHashSet<>();
    layers.forEach(layer -> outputs.add(layer.node().output(0).name()));
    Map<String, double[]> expected = means(model, outputs, samples);
    List<String> corrected = new ArrayList<>();
    progress.begin("bias correction", layers.size());
    try {
      for (QuantizedWeights layer : layers) {
        String output = layer.node().output(0).name();
        double[] wanted = expected.get(output);
        double[] actual = means(quantized, Set.of(output), samples).get(output);
        if (wanted != null && actual != null && wanted.length == actual.length) {
          shift(layer, wanted, actual);
          corrected.add(layer.node().describe());
        }
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    return corrected;
  }

  private static boolean hasCorrectableBias(Node node) {
    if (node.is("MatMul") || (node.is("Gemm") && node.floatAttribute("beta", 1) != 1)) {
      return false;
    }
    if (IntegerBias.isOn(node)) {
      return IntegerBias.isAdjustable(node, outputChannels(node));
    }
    return node.input(2).isAbsent()
        || node.input(2)
            .constant()
            .filter(bias -> bias.dataType() == DataType.FLOAT && bias.shape().rank() == 1)
            .filter(bias -> bias.elements() == outputChannels(node))
            .isPresent();
  }

  private static long outputChannels(Node node) {
    return node.input(1)
        .shape()
        .flatMap(weights -> WeightLayout.of(node, weights))
        .map(WeightLayout::outputChannels)
        .orElse(-1L);
  }

  private static void shift(QuantizedWeights layer, double[] wanted, double[] actual) {
    Node node = layer.node();
    if (IntegerBias.isOn(node)) {
      double[] by = new double[wanted.length];
      Arrays.setAll(by, c -> wanted[c] - actual[c]);
      IntegerBias.shift(layer, by);
      return;
    }
    Graph graph = node.graph();
    Value old = node.input(2);
    float[] bias = new float[wanted.length];
    if (old.isPresent()) {
      bias = old.constant().orElseThrow().toFloats();
    }
    for (int c = 0; c < bias.length; c++) {
      bias[c] = (float) (bias[c] - (actual[c] - wanted[c]));
    }
    Tensor corrected = Tensor.ofFloats(Shape.of(bias.length), bias);
    if (old.isPresent() && old.isInitializer() && !old.isGraphInput() && old.hasSingleUse()) {
      graph.setInitializer(old, corrected);
    } else {
      String name = old.isPresent() ? old.name() : node.output(0).name() + "_bias";
      node.setInput(2, graph.addConstant(name, corrected));
    }
  }

  /// The mean over all samples, positions and images of each channel, axis 1 of each output.
  private Map<String, double[]> means(
      Model model, Set<String> outputs, List<Map<String, Tensor>> samples) {
    Map<String, double[]> sums = new LinkedHashMap<>();
    Map<String, Long> counts = new LinkedHashMap<>();
    try (Session session = backend.open(model, SessionOptions.DEFAULT.withTaps(outputs))) {
      for (Map<String, Tensor> sample : samples) {
        session.observe(
            sample,
            (name, activation) -> {
              if (activation.elements() == 0) {
                return;
              }
              int channels = Math.toIntExact(activation.shape().size(1));
              double[] sum = sums.computeIfAbsent(name, _ -> new double[channels]);
              long perChannel = activation.elements() / channels;
              addTo(sum, activation);
              counts.merge(name, perChannel, Long::sum);
            });
      }
    }
    sums.forEach((name, sum) -> {
      long count = counts.getOrDefault(name, 1L);
      for (int c = 0; c < sum.length; c++) {
        sum[c] /= count;
      }
    });
    return sums;
  }

  private static void addTo(double[] sum, Tensor activation) {
    float[] values = activation.toFloats();
    int inner = values.length / Math.toIntExact(activation.shape().size(0)) / sum.length;
    for (int i = 0; i < values.length; i++) {
      sum[i / inner % sum.length] += values[i];
    }
  }
}
