// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// A network with Q/DQ nodes before every convolution: just enough of quantization for the tests of
/// a runtime. Per-tensor activations by the largest magnitude on `data`, per-channel weights.
public final class QuantizedConvolutions {
  private QuantizedConvolutions() {}

  public static Model of(Model model, Map<String, Tensor> data) {
    Model copy = model.copy();
    Graph graph = copy.graph();
    List<Node> convolutions = graph.nodes().stream().filter(node -> node.is("Conv")).toList();
    Set<String> activations =
        convolutions.stream()
            .map(node -> node.input(0).name())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    Map<String, Float> ranges = ranges(model, activations, data);
    for (Node convolution : convolutions) {
      Value activation = convolution.input(0);
      float scale = Math.max(ranges.getOrDefault(activation.name(), 0f), 1e-6f) / 127;
      convolution.setInput(0, quantized(graph, convolution, activation, Tensor.scalar(scale), 0));
      Value weight = convolution.input(1);
      Tensor scales = scales(weight.constant().orElseThrow());
      convolution.setInput(1, quantized(graph, convolution, weight, scales, 1));
    }
    return copy;
  }

  private static Value quantized(Graph graph, Node before, Value value, Tensor scales, int input) {
    String name = before.output(0).name() + "_" + input;
    Value scale = graph.addConstant(name + "_scale", scales);
    Value zero =
        graph.addConstant(
            name + "_zero", Tensor.ofInt8(scales.shape(), new byte[(int) scales.elements()]));
    Value integers =
        graph
            .insertBefore(
                before,
                axis(NodeBuilder.of("QuantizeLinear"), scales)
                    .inputs(value, scale, zero)
                    .output(graph.uniqueName(name + "_q"), ValueType.unranked(DataType.INT8)))
            .output(0);
    return graph
        .insertBefore(
            before,
            axis(NodeBuilder.of("DequantizeLinear"), scales)
                .inputs(integers, scale, zero)
                .output(graph.uniqueName(name + "_dq"), ValueType.unranked(DataType.FLOAT)))
        .output(0);
  }

  private static NodeBuilder axis(NodeBuilder builder, Tensor scales) {
    return scales.shape().rank() == 0 ? builder : builder.attribute("axis", 0L);
  }

  private static Tensor scales(Tensor weight) {
    int channels = (int) weight.shape().size(0);
    long each = weight.elements() / channels;
    float[] scales = new float[channels];
    for (int channel = 0; channel < channels; channel++) {
      double largest = 0;
      for (long i = 0; i < each; i++) {
        largest = Math.max(largest, Math.abs(weight.doubleAt(channel * each + i)));
      }
      scales[channel] = largest == 0 ? 1 : (float) (largest / 127);
    }
    return Tensor.ofFloats(Shape.of(channels), scales);
  }

  private static Map<String, Float> ranges(
      Model model, Set<String> tensors, Map<String, Tensor> data) {
    Map<String, Float> ranges = new HashMap<>();
    try (Session session =
        new OnnxRuntimeBackend().open(model, SessionOptions.DEFAULT.withTaps(tensors))) {
      session.observe(
          data,
          (name, tensor) -> {
            float largest = 0;
            for (float value : tensor.toFloats()) {
              largest = Math.max(largest, Math.abs(value));
            }
            ranges.put(name, largest);
          });
    }
    return ranges;
  }
}
