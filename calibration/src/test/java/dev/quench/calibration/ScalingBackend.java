// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.Value;
import dev.quench.graph.ValueType;
import dev.quench.run.ActivationTap;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// Runs the model of [#model]: `scaled = x · 1.5`, `rectified = max(0, scaled)`, `dead = rectified
/// · 0`. Its results depend a little on the batch size, as those of real kernels may.
public final class ScalingBackend implements Backend {
  public static final Set<String> TENSORS = Set.of("x", "scaled", "rectified", "dead");

  final AtomicInteger sessions = new AtomicInteger();
  final AtomicInteger openSessions = new AtomicInteger();

  static Model model(Shape shape) {
    Graph graph = new Graph("test", OpsetImports.onnx(17));
    Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, shape));
    Value factor = graph.addInitializer("factor", Tensor.scalar(1.5f));
    Value zero = graph.addInitializer("zero", Tensor.scalar(0f));
    Value scaled =
        graph.append(NodeBuilder.of("Mul").inputs(x, factor).output("scaled")).outputs().getFirst();
    Value rectified =
        graph
            .append(NodeBuilder.of("Relu").inputs(scaled).output("rectified"))
            .outputs()
            .getFirst();
    Value dead =
        graph
            .append(NodeBuilder.of("Mul").inputs(rectified, zero).output("dead"))
            .outputs()
            .getFirst();
    Value size =
        graph
            .append(
                NodeBuilder.of("Size")
                    .inputs(x)
                    .output("size", ValueType.tensor(DataType.INT64, Shape.SCALAR)))
            .outputs()
            .getFirst();
    graph.addOutput(dead);
    graph.addOutput(size);
    return new Model(graph, 8);
  }

  public static Model model() {
    return model(Shape.of(Dim.of("N"), Dim.of(6)));
  }

  @Override
  public String name() {
    return "scaling";
  }

  @Override
  public Availability availability() {
    return new Availability.Available("always there");
  }

  @Override
  public Session open(Model model, SessionOptions options) {
    sessions.incrementAndGet();
    openSessions.incrementAndGet();
    return new Session() {
      @Override
      public List<TensorSpec> inputs() {
        return List.of(new TensorSpec("x", DataType.FLOAT, Shape.of(Dim.UNKNOWN, Dim.UNKNOWN)));
      }

      @Override
      public List<TensorSpec> outputs() {
        return List.of();
      }

      @Override
      public Map<String, Tensor> run(Map<String, Tensor> inputs) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        observe(inputs, all::put);
        return all;
      }

      @Override
      public void observe(Map<String, Tensor> inputs, ActivationTap tap) {
        Tensor x = inputs.get("x");
        float factor = 1.5f + x.shape().size(0) * 1e-6f;
        float[] scaled = x.toFloats();
        float[] rectified = new float[scaled.length];
        for (int i = 0; i < scaled.length; i++) {
          scaled[i] *= factor;
          rectified[i] = Math.max(0f, scaled[i]);
        }
        Map<String, Tensor> all = new LinkedHashMap<>();
        all.put("rectified", Tensor.ofFloats(x.shape(), rectified));
        all.put("scaled", Tensor.ofFloats(x.shape(), scaled));
        all.put("dead", Tensor.ofFloats(x.shape(), new float[scaled.length]));
        for (String name : new ArrayList<>(all.keySet())) {
          if (options.taps().contains(name)) {
            tap.accept(name, all.get(name));
          }
        }
      }

      @Override
      public void close() {
        openSessions.decrementAndGet();
      }
    };
  }
}
